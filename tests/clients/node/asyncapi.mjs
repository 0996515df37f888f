// Prints the errors that the parser finds; nothing where the document is valid.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const each of diagnostics.filter((one) => one.severity === ERROR)) console.log(each.message, each.path.join("/"));
if (!document) console.log("no document");
