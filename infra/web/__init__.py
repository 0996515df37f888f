"""Pages for people: views, templates, one stylesheet, one script; no build step."""
