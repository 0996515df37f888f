"""Deliveries 数据交付: files of one source and kind, looked through before they are taken, and what they replace."""
