"""Conduct records 良好/不良行为记录, performance 业绩 and the blacklist 黑名单: their states and terms."""
