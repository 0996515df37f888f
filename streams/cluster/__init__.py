"""Feeding shards from Kafka topics with Faust workers, and sending facts between shards."""
