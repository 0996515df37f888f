"""Deliveries 数据交付: looked through, held where they are out of bounds, taken in, and recorded."""
