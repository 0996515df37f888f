// Prints what Redocly and Spectral complain of, by their recommended rules.
import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";

const text = readFileSync(process.argv[2], "utf8");
const config = await createConfig({ extends: ["recommended"] });
const byRedocly = await lintFromString({ source: text, absoluteRef: "/openapi.json", config });
for (const each of byRedocly) console.log("redocly", each.severity, each.ruleId, each.message, each.location[0]?.pointer);

const linter = new spectral.Spectral();
linter.setRuleset({ extends: [[rulesets.oas, "recommended"]] });
for (const each of await linter.run(text)) console.log("spectral", each.severity, each.code, each.message, each.path.join("/"));
