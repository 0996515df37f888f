CREATE TABLE batches (
	batch INTEGER NOT NULL, 
	first_position BIGINT NOT NULL, 
	last_position BIGINT NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (batch)
);

CREATE TABLE due_dates (
	due_at VARCHAR(32) NOT NULL, 
	scope VARCHAR(2500) NOT NULL, 
	settling_since VARCHAR(32), 
	PRIMARY KEY (due_at, scope)
);

CREATE TABLE subject_index_runs (
	run_id INTEGER NOT NULL, 
	level INTEGER NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	PRIMARY KEY (run_id)
);

CREATE TABLE subject_index_segments (
	segment_id INTEGER NOT NULL, 
	run_id BIGINT NOT NULL, 
	first_key BIGINT NOT NULL, 
	last_key BIGINT NOT NULL, 
	entries INTEGER NOT NULL, 
	entry_keys BLOB NOT NULL, 
	entry_values BLOB NOT NULL, 
	PRIMARY KEY (segment_id)
);

CREATE TABLE seen_index_runs (
	run_id INTEGER NOT NULL, 
	level INTEGER NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	PRIMARY KEY (run_id)
);

CREATE TABLE seen_index_segments (
	segment_id INTEGER NOT NULL, 
	run_id BIGINT NOT NULL, 
	first_key BIGINT NOT NULL, 
	last_key BIGINT NOT NULL, 
	entries INTEGER NOT NULL, 
	entry_keys BLOB NOT NULL, 
	entry_values BLOB NOT NULL, 
	PRIMARY KEY (segment_id)
);

CREATE TABLE appointments (
	person_id VARCHAR(64) NOT NULL, 
	subject VARCHAR(2500) NOT NULL, 
	tender_id VARCHAR(200) NOT NULL, 
	lot_id VARCHAR(200) NOT NULL, 
	jurisdiction VARCHAR(6) NOT NULL, 
	bidder_key VARCHAR(2000) NOT NULL, 
	tenderer_key VARCHAR(2000) NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (person_id, subject)
);

CREATE TABLE watched_organisations (
	appointment VARCHAR(2500) NOT NULL, 
	subject VARCHAR(2100) NOT NULL, 
	PRIMARY KEY (appointment, subject)
);

CREATE TABLE approvals (
	case_id VARCHAR(200) NOT NULL, 
	subject_key BIGINT NOT NULL, 
	jurisdiction VARCHAR(6) NOT NULL, 
	department VARCHAR(2000) NOT NULL, 
	department_key VARCHAR(2100) NOT NULL, 
	project_code VARCHAR(200) NOT NULL, 
	item_code VARCHAR(200) NOT NULL, 
	item_name VARCHAR(2000) NOT NULL, 
	category VARCHAR(2000) NOT NULL, 
	state VARCHAR(30) NOT NULL, 
	closed BOOLEAN NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	accepted_at VARCHAR(32), 
	decided_at VARCHAR(32), 
	decided_month VARCHAR(7), 
	used_working_days INTEGER, 
	least_limit INTEGER, 
	limit_working_days INTEGER, 
	steps_taken INTEGER NOT NULL, 
	most_steps INTEGER, 
	paused_seconds INTEGER NOT NULL, 
	seconds_to_decision BIGINT, 
	in_time BOOLEAN, 
	certificate_in_step BOOLEAN, 
	pauses JSON NOT NULL, 
	clocks JSON NOT NULL, 
	PRIMARY KEY (case_id)
);

CREATE TABLE approval_lights (
	case_id VARCHAR(200) NOT NULL, 
	light VARCHAR(10) NOT NULL, 
	yellow_at VARCHAR(32), 
	red_at VARCHAR(32), 
	next_turn_at VARCHAR(32), 
	PRIMARY KEY (case_id)
);

CREATE TABLE department_months (
	subject VARCHAR(2200) NOT NULL, 
	subject_key BIGINT NOT NULL, 
	decided INTEGER NOT NULL, 
	PRIMARY KEY (subject)
);

CREATE TABLE lot_subjects (
	lot VARCHAR(450) NOT NULL, 
	subject VARCHAR(2100) NOT NULL, 
	subject_key BIGINT NOT NULL, 
	PRIMARY KEY (lot, subject)
);

CREATE TABLE payer_subjects (
	payer VARCHAR(2100) NOT NULL, 
	subject VARCHAR(2100) NOT NULL, 
	subject_key BIGINT NOT NULL, 
	PRIMARY KEY (payer, subject)
);

CREATE TABLE watched_sites (
	person_id VARCHAR(64) NOT NULL, 
	project_code VARCHAR(200) NOT NULL, 
	silent_months TEXT NOT NULL, 
	PRIMARY KEY (person_id, project_code)
);

CREATE TABLE sites_judged (
	person_id VARCHAR(64) NOT NULL, 
	through BIGINT NOT NULL, 
	PRIMARY KEY (person_id)
);

CREATE TABLE clues (
	clue_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	scope VARCHAR(2500) NOT NULL, 
	person_id VARCHAR(64), 
	rule VARCHAR(20) NOT NULL, 
	rule_version INTEGER NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	severity VARCHAR(10) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	stands BOOLEAN NOT NULL, 
	fingerprint VARCHAR(64), 
	about VARCHAR(32) NOT NULL, 
	candidate BOOLEAN NOT NULL, 
	evidence_changed BOOLEAN NOT NULL, 
	jurisdiction VARCHAR(6) NOT NULL, 
	jurisdictions TEXT NOT NULL, 
	tender_id VARCHAR(200), 
	lot_id VARCHAR(200), 
	project_code VARCHAR(200), 
	case_id VARCHAR(200), 
	title VARCHAR(2000) NOT NULL, 
	bidder_key VARCHAR(2000), 
	bidder_name VARCHAR(2000), 
	bidder_uscc VARCHAR(18), 
	tenderer_key VARCHAR(2000), 
	occurred_at VARCHAR(32) NOT NULL, 
	raised_at VARCHAR(32) NOT NULL, 
	revised_at VARCHAR(32) NOT NULL, 
	said JSON NOT NULL, 
	history JSON NOT NULL, 
	PRIMARY KEY (clue_id), 
	UNIQUE (number)
);

CREATE TABLE quarantine (
	number INTEGER NOT NULL, 
	quarantine_id VARCHAR(36) NOT NULL, 
	source TEXT, 
	external_id TEXT, 
	errors TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	received_at VARCHAR(32) NOT NULL, 
	last_received_at VARCHAR(32) NOT NULL, 
	times_received INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	replaced_by VARCHAR(36), 
	settled_at VARCHAR(32), 
	PRIMARY KEY (number), 
	UNIQUE (quarantine_id)
);

CREATE TABLE lots (
	lot VARCHAR(450) NOT NULL, 
	tender_id VARCHAR(200) NOT NULL, 
	lot_id VARCHAR(200) NOT NULL, 
	project_code VARCHAR(200) NOT NULL, 
	title VARCHAR(2000) NOT NULL, 
	jurisdiction VARCHAR(6) NOT NULL, 
	tenderer VARCHAR(2000) NOT NULL, 
	tenderer_key VARCHAR(2000) NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	bids INTEGER NOT NULL, 
	stage VARCHAR(20) NOT NULL, 
	PRIMARY KEY (lot)
);

CREATE TABLE sources (
	source VARCHAR(500) NOT NULL, 
	said_last BIGINT, 
	interval_seconds INTEGER, 
	interval_said VARCHAR(300), 
	heard_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (source)
);

CREATE TABLE source_numbers (
	source VARCHAR(500) NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (source, first)
);

CREATE TABLE waiting_corrections (
	seen_key BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	PRIMARY KEY (seen_key, position)
);

CREATE TABLE shard_commands (
	command_id VARCHAR(36) NOT NULL, 
	sealed BLOB NOT NULL, 
	asked_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	answer TEXT, 
	PRIMARY KEY (command_id)
);

CREATE TABLE identities (
	number INTEGER NOT NULL, 
	person_id VARCHAR(64) NOT NULL, 
	variant VARCHAR(49) NOT NULL, 
	key_version INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (number)
);

CREATE TABLE identity_index_runs (
	run_id INTEGER NOT NULL, 
	level INTEGER NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	PRIMARY KEY (run_id)
);

CREATE TABLE identity_index_segments (
	segment_id INTEGER NOT NULL, 
	run_id BIGINT NOT NULL, 
	first_key BIGINT NOT NULL, 
	last_key BIGINT NOT NULL, 
	entries INTEGER NOT NULL, 
	entry_keys BLOB NOT NULL, 
	entry_values BLOB NOT NULL, 
	PRIMARY KEY (segment_id)
);

CREATE TABLE place (
	shard INTEGER NOT NULL, 
	shards INTEGER NOT NULL, 
	partitions INTEGER NOT NULL, 
	PRIMARY KEY (shard)
);

CREATE TABLE stored_events (
	id INTEGER NOT NULL, 
	originator_id BLOB NOT NULL, 
	originator_version INTEGER NOT NULL, 
	topic TEXT NOT NULL, 
	state BLOB NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (originator_id, originator_version)
);

CREATE TABLE tracking (
	application_name TEXT NOT NULL, 
	notification_id INTEGER NOT NULL, 
	PRIMARY KEY (application_name)
);

CREATE TABLE collected_notices (
	shard INTEGER NOT NULL, 
	notice_id BIGINT NOT NULL, 
	PRIMARY KEY (shard)
);

CREATE TABLE log_tiles (
	level INTEGER NOT NULL, 
	tile INTEGER NOT NULL, 
	hashes BLOB NOT NULL, 
	PRIMARY KEY (level, tile)
);

CREATE TABLE log_checkpoints (
	size INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (size)
);

CREATE TABLE log_cosignatures (
	size INTEGER NOT NULL, 
	witness VARCHAR(500) NOT NULL, 
	line TEXT NOT NULL, 
	PRIMARY KEY (size, witness)
);

CREATE TABLE vault_keys (
	version INTEGER NOT NULL, 
	fingerprint VARCHAR(16) NOT NULL, 
	PRIMARY KEY (version)
);

CREATE TABLE notices (
	notice_id INTEGER NOT NULL, 
	clue_id VARCHAR(36) NOT NULL, 
	revision INTEGER NOT NULL, 
	recipient_role VARCHAR(20) NOT NULL, 
	recipient_key VARCHAR(200) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	occasion VARCHAR(30) NOT NULL, 
	content TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (notice_id), 
	UNIQUE (clue_id, revision, recipient_role, recipient_key, channel)
);

CREATE TABLE notice_readings (
	notice_id INTEGER NOT NULL, 
	read_at VARCHAR(32) NOT NULL, 
	reader VARCHAR(2000) NOT NULL, 
	PRIMARY KEY (notice_id)
);

CREATE TABLE webhook_deliveries (
	endpoint VARCHAR(40) NOT NULL, 
	notice_id INTEGER NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	attempts INTEGER NOT NULL, 
	http_status INTEGER, 
	next_at VARCHAR(32), 
	settled_at VARCHAR(32), 
	PRIMARY KEY (endpoint, notice_id)
);

CREATE TABLE webhook_endpoints (
	endpoint VARCHAR(40) NOT NULL, 
	last_notice_id INTEGER NOT NULL, 
	disabled_at VARCHAR(32), 
	PRIMARY KEY (endpoint)
);

CREATE TABLE outbox (
	number INTEGER NOT NULL, 
	topic VARCHAR(200) NOT NULL, 
	partition INTEGER, 
	sealed BOOLEAN NOT NULL, 
	content BLOB NOT NULL, 
	put_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (number)
);

CREATE TABLE published_notices (
	channel VARCHAR(40) NOT NULL, 
	notice_id INTEGER NOT NULL, 
	PRIMARY KEY (channel)
);

CREATE INDEX identity_index_fences ON identity_index_segments (run_id, first_key, last_key, entries);

CREATE INDEX ix_appointments_bidder_key ON appointments (bidder_key);

CREATE INDEX ix_approval_lights_next_turn_at ON approval_lights (next_turn_at);

CREATE INDEX ix_approvals_decided_month ON approvals (decided_month);

CREATE INDEX ix_approvals_department_key ON approvals (department_key);

CREATE INDEX ix_approvals_subject_key ON approvals (subject_key);

CREATE INDEX ix_batches_recorded_at ON batches (recorded_at);

CREATE INDEX ix_clues_bidder_key ON clues (bidder_key);

CREATE INDEX ix_clues_case_id ON clues (case_id);

CREATE INDEX ix_clues_person_id ON clues (person_id);

CREATE INDEX ix_clues_project_code ON clues (project_code);

CREATE INDEX ix_clues_raised_at ON clues (raised_at);

CREATE INDEX ix_clues_scope ON clues (scope);

CREATE INDEX ix_clues_tender_id ON clues (tender_id);

CREATE INDEX ix_clues_tenderer_key ON clues (tenderer_key);

CREATE INDEX ix_department_months_subject_key ON department_months (subject_key);

CREATE INDEX ix_due_dates_scope ON due_dates (scope);

CREATE INDEX ix_lot_subjects_subject_key ON lot_subjects (subject_key);

CREATE INDEX ix_lots_tender_id ON lots (tender_id);

CREATE INDEX ix_lots_tenderer_key ON lots (tenderer_key);

CREATE INDEX ix_payer_subjects_subject_key ON payer_subjects (subject_key);

CREATE INDEX ix_quarantine_source ON quarantine (source);

CREATE INDEX ix_webhook_deliveries_status ON webhook_deliveries (status);

CREATE INDEX notices_by_recipient ON notices (recipient_role, recipient_key, notice_id);

CREATE INDEX seen_index_fences ON seen_index_segments (run_id, first_key, last_key, entries);

CREATE INDEX subject_index_fences ON subject_index_segments (run_id, first_key, last_key, entries);

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);

INSERT INTO alembic_version VALUES ('0001')
