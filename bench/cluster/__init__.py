"""Measures the monitor behind Kafka: ``python -m bench.cluster``."""
