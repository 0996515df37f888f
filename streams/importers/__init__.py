"""Files become messages: NDJSON as it is, CSV and Parquet by a mapping, OCDS releases by lot."""
