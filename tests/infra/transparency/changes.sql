-- Changes by somebody who has the database and not the keys. A line that begins with -- names the change that follows.

-- a fact edited
UPDATE stored_events SET state = replace(state, '2025', '2024') WHERE id = 1

-- a fact deleted
DELETE FROM stored_events WHERE id = 2

-- the last fact deleted
DELETE FROM stored_events WHERE id = (SELECT max(id) FROM stored_events)

-- a fact inserted
INSERT INTO stored_events SELECT max(id) + 1, zeroblob(16), 1, 'x', '{}' FROM stored_events

-- a leaf changed
UPDATE log_tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0

-- a checkpoint deleted
DELETE FROM log_checkpoints WHERE size = (SELECT max(size) FROM log_checkpoints)

-- a checkpoint without its line
UPDATE log_checkpoints SET note = substr(note, 1, instr(note, 'beside') - 1) || substr(note, instr(note, char(10) || char(10)) + 1) WHERE size = (SELECT max(size) FROM log_checkpoints)

-- a cosignature of no checkpoint
INSERT INTO log_cosignatures VALUES (999, 'w', 'x')

-- a batch deleted
DELETE FROM batches WHERE batch = 1

-- a batch moved in time
UPDATE batches SET recorded_at = '2020-01-01T00:00:00.000000+00:00' WHERE batch = 2

-- a clue made milder
UPDATE clues SET severity = 'info'

-- a clue hidden
DELETE FROM clues

-- a clue given to another place
UPDATE clues SET jurisdiction = '510000'

-- a notice deleted
DELETE FROM notices WHERE notice_id = 1

-- a notice to somebody else
UPDATE notices SET recipient_key = '510000' WHERE recipient_role = 'supervisor'

-- a lot deleted
DELETE FROM lots

-- a due date invented
INSERT INTO due_dates SELECT '2030-01-01T00:00:00.000000+00:00', case_group, NULL FROM clues LIMIT 1

-- an appointment moved
UPDATE appointments SET jurisdiction = '510000'

-- an index of subjects emptied
DELETE FROM subject_index_segments

-- a source silenced
INSERT INTO sources VALUES ('urn:x', '1', 60, NULL, '2025-01-01')

-- a source registered
INSERT INTO registered_sources VALUES ('urn:x', '{}', 'me', '2025-01-01', '2025-01-01', NULL, NULL)

-- an identity deleted
DELETE FROM identities WHERE number = 1

-- an identity of somebody else
UPDATE identities SET person_id = CASE substr(person_id, 1, 1) WHEN 'b' THEN 'c' ELSE 'b' END || substr(person_id, 2) WHERE number = 1

-- a seal broken
UPDATE identities SET sealed = zeroblob(40) WHERE number = 1

-- an identity inserted
INSERT INTO identities SELECT 99, person_id, 'x', key_version, sealed FROM identities LIMIT 1

-- an identity of another key
UPDATE identities SET key_version = 2 WHERE number = 1

-- the index of identities emptied
DELETE FROM identity_index_segments

-- a refused message deleted
DELETE FROM quarantine WHERE number = 1

-- a refused message settled
UPDATE quarantine SET status = 'resolved' WHERE number = 1

-- a refusal explained away
UPDATE quarantine SET errors = '[]' WHERE number = 1

-- a refused message of another source
UPDATE quarantine SET source = 'urn:x' WHERE number = 1

-- a refused message put in place of another
UPDATE quarantine SET sealed = (SELECT sealed FROM quarantine WHERE number = 2)

-- a refused message added
INSERT INTO quarantine SELECT 99, 'x', source, external_id, errors, sealed, received_at, last_received_at, times_received, status, replaced_by, settled_at, partial FROM quarantine WHERE number = 1

-- a reading deleted
DELETE FROM notice_readings

-- a reading by somebody else
UPDATE notice_readings SET reader = 'x'

-- a reading moved in time
UPDATE notice_readings SET read_at = '2020-01-01'

-- a reading added
INSERT INTO notice_readings VALUES (99, '2025-01-01', 'x')

-- a delivery called done
UPDATE webhook_deliveries SET status = 'delivered'

-- a delivery deleted
DELETE FROM webhook_deliveries

-- an endpoint disabled
UPDATE webhook_endpoints SET disabled_at = '2025-01-01'

-- an endpoint moved on
UPDATE webhook_endpoints SET last_notice_id = 1000

-- a token that was never issued
INSERT INTO issued_tokens SELECT 'x', role, name, source, jurisdiction, uscc, issued_at, expires_at FROM issued_tokens LIMIT 1

-- a token of somebody else
UPDATE issued_tokens SET name = 'x'

-- a sign-out undone
DELETE FROM ended_tokens

-- a session of somebody else
UPDATE sessions SET account = 'x'

-- a session hidden
DELETE FROM sessions

-- an account that nobody opened
INSERT INTO accounts SELECT 'x', 'y', details, grants, deputies, opened_by, opened_at, changed_at, invited_until, disabled_at, why_disabled FROM accounts LIMIT 1

-- a role that nobody granted
UPDATE accounts SET grants = '[{"role":"operator"}]'

-- a disabled account let in again
UPDATE accounts SET disabled_at = NULL

-- a password of somebody else
UPDATE account_secrets SET password = 'x'

-- a second factor put in the place of another
UPDATE account_secrets SET second_factor = X'00'

-- another pseudonym key
UPDATE known_keys SET fingerprint = 'x'

-- another place
UPDATE place SET shards = 2

-- another version
UPDATE alembic_version SET version_num = '9999'

-- a trigger
CREATE TRIGGER quiet AFTER INSERT ON quarantine BEGIN DELETE FROM quarantine; END

-- a view in the place of a table
ALTER TABLE notice_readings RENAME TO kept
CREATE VIEW notice_readings AS SELECT * FROM kept

-- a table of somebody else
CREATE TABLE notes (text)

-- a column added
ALTER TABLE quarantine ADD COLUMN note TEXT

-- an index dropped
DROP INDEX ix_quarantine_source

-- a sum made to fit
DELETE FROM quarantine WHERE number = 1
UPDATE table_sums SET entries = 1 WHERE name = 'quarantine'

-- a sum deleted with its table's rows
DELETE FROM quarantine
DELETE FROM table_sums WHERE name = 'quarantine'

-- all sums deleted
DELETE FROM table_sums

-- what the checkpoint binds deleted
DELETE FROM log_beside

-- what the checkpoint binds changed
UPDATE log_beside SET content = '{}'

-- a sum of no table
INSERT INTO table_sums VALUES ('x', 0, '0', 0)

-- a sum that is no number
UPDATE table_sums SET sum = 'x' WHERE name = 'quarantine'
