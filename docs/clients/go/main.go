// Send an opening, read the verdict, hear of the notice, verify the proof. Run: go run .
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	monitor    = os.Getenv("MONITOR_URL")
	supervisor = os.Getenv("SUPERVISOR_TOKEN")
	tender     = "T-" + random(4)
	now        = time.Now()
)

type object = map[string]any

func random(bytes int) string {
	some := make([]byte, bytes)
	check(rand.Read(some))
	return hex.EncodeToString(some)
}

func check[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func call(method, path, token, form string, body []byte) *http.Response {
	request := check(http.NewRequest(method, monitor+path, bytes.NewReader(body)))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("Content-Type", form)
	answer := check(http.DefaultClient.Do(request))
	if answer.StatusCode >= 300 {
		log.Fatal(path, ": ", answer.Status, string(check(io.ReadAll(answer.Body))))
	}
	return answer
}

func get(path, token string, into any) {
	answer := call("GET", path, token, "", nil)
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		log.Fatal(err)
	}
}

type verdicts struct {
	Verdicts []struct {
		Verdict string
		Rules   []string
	}
}

func send(kind string, data object) (told verdicts) {
	event := cloudevents.NewEvent()
	event.SetID(kind + "-" + tender)
	event.SetSource(os.Getenv("EVENT_SOURCE"))
	event.SetType("tender-integrity." + kind + ".v1")
	event.SetTime(now)
	if err := event.SetData(cloudevents.ApplicationJSON, data); err != nil {
		log.Fatal(err)
	}
	body := check(json.Marshal(event))
	answer := call("POST", "/api/v1/events", os.Getenv("SOURCE_TOKEN"), "application/cloudevents+json", body)
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		log.Fatal(err)
	}
	return told
}

type notice struct {
	TenderID string `json:"tender_id"`
	ClueID   string `json:"clue_id"`
	Occasion string
	Rule     string
}

// listen tells of every notice; who comes back sends the last id as Last-Event-ID, and misses nothing.
func listen(opened chan<- bool, heard chan<- notice) {
	answer := call("GET", "/api/v1/notices/stream", supervisor, "", nil)
	lines, event := bufio.NewScanner(answer.Body), ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name == "data" && event == "start":
			opened <- true
		case name == "data" && event == "notice":
			var one notice
			if json.Unmarshal([]byte(value), &one) == nil && one.TenderID == tender {
				heard <- one
			}
		}
	}
}

func checkpoint() tlog.Tree {
	answer := call("GET", "/api/v1/log/checkpoint", "", "", nil)
	defer answer.Body.Close()
	verifier := check(note.NewVerifier(os.Getenv("LOG_KEY")))
	signed := check(note.Open(check(io.ReadAll(answer.Body)), note.VerifierList(verifier)))
	lines := strings.Split(signed.Text, "\n")
	var size int64
	check(fmt.Sscan(lines[1], &size))
	return tlog.Tree{N: size, Hash: check(tlog.ParseHash(lines[2]))}
}

func hash(text string) (found tlog.Hash) {
	copy(found[:], check(hex.DecodeString(text)))
	return found
}

func main() {
	opened, heard := make(chan bool), make(chan notice, 1)
	go listen(opened, heard)
	<-opened

	person := object{"person_id": random(32)}
	month := time.Date(now.Year(), now.Month()-2, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	send("insurance-paid", object{
		"person": person, "payer": object{"name": "广州泰和市政工程有限公司"},
		"month": month, "scheme": "pension", "paid_on": month + "-15",
	})
	told := send("bid-opened", object{
		"tender_id": tender, "lot_id": "1", "project_code": "2506-440100-04-01-100001",
		"title": "测试路改造工程", "jurisdiction": "440106", "opened_at": now.Format(time.RFC3339),
		"tenderer": object{"name": "广州市交通投资集团有限公司", "uscc": "91440101MA5000009G"},
		"bids": []object{{
			"bidder": object{"name": "广州宏图建设工程有限公司", "uscc": "91440101MA5000001P"},
			"lead":   object{"person": person, "certificate_no": "粤1442020202100001"},
		}},
	})
	fmt.Println("verdict:", told.Verdicts[0].Verdict, strings.Join(told.Verdicts[0].Rules, " "))

	one := <-heard
	fmt.Println("notice:", one.Occasion, one.Rule)

	var clue struct{ Facts []struct{ Position int64 } }
	get("/api/v1/clues/"+one.ClueID, supervisor, &clue)
	tree := checkpoint()
	var proven struct {
		LeafIndex int64  `json:"leaf_index"`
		LeafHash  string `json:"leaf_hash"`
		Hashes    []string
	}
	get(fmt.Sprintf("/api/v1/log/proof/inclusion?position=%d&size=%d", clue.Facts[0].Position, tree.N), "", &proven)
	var proof tlog.RecordProof
	for _, each := range proven.Hashes {
		proof = append(proof, hash(each))
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, proven.LeafIndex, hash(proven.LeafHash)); err != nil {
		log.Fatal(err)
	}
	fmt.Println("proof: holds")
}
