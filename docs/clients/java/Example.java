// Send an opening, read the verdict, hear of the notice, verify the proof.
// Run: mvn -q dependency:copy-dependencies -DoutputDirectory=libs && java -cp "libs/*" Example.java

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

public class Example {
    static final String MONITOR = System.getenv("MONITOR_URL");
    static final String SUPERVISOR = System.getenv("SUPERVISOR_TOKEN");
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TENDER = "T-" + random(4);
    static final OffsetDateTime NOW = OffsetDateTime.now(ZoneOffset.UTC);

    static String random(int bytes) {
        byte[] some = new byte[bytes];
        new SecureRandom().nextBytes(some);
        return HexFormat.of().formatHex(some);
    }

    static <T> T checked(HttpResponse<T> answer) {
        if (answer.statusCode() >= 300) throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    static HttpRequest.Builder request(String path, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(MONITOR + path));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    static String get(String path, String token) throws Exception {
        return checked(HTTP.send(request(path, token).build(), BodyHandlers.ofString()));
    }

    /** In binary mode; the SDK sends no content type where the event says none, and the data are JSON all the same. */
    static JsonNode send(String kind, Object data) throws Exception {
        CloudEvent event = CloudEventBuilder.v1()
            .withId(kind + "-" + TENDER)
            .withSource(URI.create(System.getenv("EVENT_SOURCE")))
            .withType("tender-integrity." + kind + ".v1")
            .withTime(NOW)
            .withData(JSON.writeValueAsBytes(data))
            .build();
        HttpRequest.Builder post = request("/api/v1/events", System.getenv("SOURCE_TOKEN"));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        HttpMessageFactory.createWriter(post::header, body::writeBytes).writeBinary(event);
        post.POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
        return JSON.readTree(checked(HTTP.send(post.build(), BodyHandlers.ofString())));
    }

    /** Server-sent events; who comes back sends the last id as Last-Event-ID, and misses nothing. */
    static void listen(CompletableFuture<Void> opened, CompletableFuture<JsonNode> heard) {
        Thread listener = new Thread(() -> {
            try {
                HttpRequest asked = request("/api/v1/notices/stream", SUPERVISOR).build();
                InputStream stream = checked(HTTP.send(asked, BodyHandlers.ofInputStream()));
                BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
                String event = "";
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("event: ")) event = line.substring(7);
                    if (line.startsWith("data: ") && event.equals("start")) opened.complete(null);
                    if (line.startsWith("data: ") && event.equals("notice")) {
                        JsonNode notice = JSON.readTree(line.substring(6));
                        if (notice.get("tender_id").asText().equals(TENDER)) heard.complete(notice);
                    }
                }
            } catch (Exception error) {
                opened.completeExceptionally(error);
                heard.completeExceptionally(error);
            }
        });
        listener.setDaemon(true);
        listener.start();
    }

    static byte[] node(byte[] left, byte[] right) throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update((byte) 1);
        sha256.update(left);
        return sha256.digest(right);
    }

    /** RFC 9162 §2.1.3.2. */
    static byte[] rootOf(byte[] leaf, long index, long size, JsonNode hashes) throws Exception {
        byte[] found = leaf;
        long last = size - 1;
        for (JsonNode each : hashes) {
            byte[] other = HexFormat.of().parseHex(each.asText());
            if (index % 2 == 1 || index == last) {
                found = node(other, found);
                while (index % 2 == 0 && index > 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                found = node(found, other);
            }
            index >>= 1;
            last >>= 1;
        }
        return found;
    }

    static PublicKey publicKey(byte[] key) throws Exception {
        byte[] reversed = new byte[key.length];
        for (int place = 0; place < key.length; place++) reversed[place] = key[key.length - 1 - place];
        boolean odd = (reversed[0] & 0x80) != 0;
        reversed[0] &= 0x7f;
        EdECPoint point = new EdECPoint(odd, new BigInteger(1, reversed));
        return KeyFactory.getInstance("Ed25519").generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
    }

    /** The lines of the checkpoint, once the signature by name+id+key holds (C2SP signed-note). */
    static String[] checkpoint(String key) throws Exception {
        String note = get("/api/v1/log/checkpoint", null);
        int end = note.indexOf("\n\n") + 1;
        String[] parts = key.split("\\+", 3);
        String line = note.substring(end).lines().filter(one -> one.startsWith("— " + parts[0] + " ")).findFirst().get();
        byte[] signature = Base64.getDecoder().decode(line.substring(line.lastIndexOf(' ') + 1));
        byte[] encoded = Base64.getDecoder().decode(parts[2]);
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(publicKey(Arrays.copyOfRange(encoded, 1, encoded.length)));
        verifier.update(note.substring(0, end).getBytes(StandardCharsets.UTF_8));
        if (!verifier.verify(Arrays.copyOfRange(signature, 4, signature.length))) throw new IllegalStateException("not signed");
        return note.split("\n");
    }

    public static void main(String[] given) throws Exception {
        CompletableFuture<Void> opened = new CompletableFuture<>();
        CompletableFuture<JsonNode> heard = new CompletableFuture<>();
        listen(opened, heard);
        opened.get(60, TimeUnit.SECONDS);

        Map<String, String> person = Map.of("person_id", random(32));
        String month = YearMonth.from(NOW).minusMonths(2).toString();
        send("insurance-paid", Map.of(
            "person", person, "payer", Map.of("name", "广州泰和市政工程有限公司"),
            "month", month, "scheme", "pension", "paid_on", month + "-15"));
        JsonNode verdict = send("bid-opened", Map.of(
            "tender_id", TENDER, "lot_id", "1", "project_code", "2506-440100-04-01-100001",
            "title", "测试路改造工程", "jurisdiction", "440106", "opened_at", NOW.toString(),
            "tenderer", Map.of("name", "广州市交通投资集团有限公司", "uscc", "91440101MA5000009G"),
            "bids", List.of(Map.of(
                "bidder", Map.of("name", "广州宏图建设工程有限公司", "uscc", "91440101MA5000001P"),
                "lead", Map.of("person", person, "certificate_no", "粤1442020202100001"))))).get("verdicts").get(0);
        System.out.println("verdict: " + verdict.get("verdict").asText() + " " + verdict.get("rules").get(0).asText());

        JsonNode notice = heard.get(60, TimeUnit.SECONDS);
        System.out.println("notice: " + notice.get("occasion").asText() + " " + notice.get("rule").asText());

        JsonNode clue = JSON.readTree(get("/api/v1/clues/" + notice.get("clue_id").asText(), SUPERVISOR));
        String[] lines = checkpoint(System.getenv("LOG_KEY"));
        long size = Long.parseLong(lines[1]);
        long position = clue.get("facts").get(0).get("position").asLong();
        JsonNode proof = JSON.readTree(get("/api/v1/log/proof/inclusion?position=" + position + "&size=" + size, null));
        byte[] leaf = HexFormat.of().parseHex(proof.get("leaf_hash").asText());
        byte[] root = rootOf(leaf, proof.get("leaf_index").asLong(), size, proof.get("hashes"));
        if (!Arrays.equals(root, Base64.getDecoder().decode(lines[2]))) throw new IllegalStateException("no proof");
        System.out.println("proof: holds");
    }
}
