BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('1e469ef9-b619-4acb-aafc-e2e69e780fbc','1',1795825854000,1795825854000,'claw-discord-coord');
CREATE TABLE claw_announcements (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	session_key TEXT NOT NULL, 
	chat JSON NOT NULL, 
	text TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	batch TEXT, 
	attempts INTEGER NOT NULL, 
	told TEXT, 
	CONSTRAINT uq_claw_announcements_key UNIQUE ("key")
);
CREATE TABLE claw_calls (
	request_id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	base TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_claw_calls PRIMARY KEY (request_id), 
	CONSTRAINT uq_claw_calls_run_id_base_number UNIQUE (run_id, base, number), 
	CONSTRAINT fk_claw_calls_run_id FOREIGN KEY(run_id) REFERENCES claw_runs (id)
);
CREATE TABLE claw_cursors (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_claw_cursors PRIMARY KEY (name)
);
CREATE TABLE claw_deliveries (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	task_id TEXT, 
	destination TEXT NOT NULL, 
	route TEXT NOT NULL, 
	kind TEXT, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	artifacts JSON NOT NULL, 
	output JSON, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	earlier_attempts INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	error TEXT, 
	receipt JSON, 
	created_at DATETIME NOT NULL, 
	released_at DATETIME, 
	decided TEXT, 
	ended_at DATETIME, about JSON DEFAULT '{}' NOT NULL, held_for TEXT, 
	CONSTRAINT pk_claw_deliveries PRIMARY KEY (number), 
	CONSTRAINT uq_claw_deliveries_id UNIQUE (id), 
	CONSTRAINT uq_claw_deliveries_key UNIQUE ("key"), 
	CONSTRAINT fk_claw_deliveries_task_id FOREIGN KEY(task_id) REFERENCES claw_tasks (id)
);
INSERT INTO "claw_deliveries" VALUES(1,'d-2be14ce882','task/t-7cq42c9k/files','t-7cq42c9k','files','files, reports, blog','report','report the numbers','the numbers','[]',NULL,'delivered',1,0,0,NULL,'{"destination": "files", "url": null, "path": "/srv/coordinator/out/report-the-numbers-48bcab21.md", "id": "report-the-numbers-48bcab21.md", "size_bytes": 11, "sha256": "9e49094e5c5f6937852cf557d4f46608f6e9f9b64419a71bf90ce79b9b7913ae", "at": "2026-11-28T00:30:55.648626Z"}','2026-11-28 00:30:55.424155',NULL,NULL,'2026-11-28 00:30:55.648974','{}',NULL);
INSERT INTO "claw_deliveries" VALUES(2,'d-70e7a7a052','task/t-7cq42c9k/reports','t-7cq42c9k','reports','files, reports, blog','report','report the numbers','the numbers','[]',NULL,'planned',1,0,0,NULL,NULL,'2026-11-28 00:30:55.464606',NULL,NULL,NULL,'{}',NULL);
INSERT INTO "claw_deliveries" VALUES(3,'d-2f3c8a6839','task/t-7cq42c9k/blog','t-7cq42c9k','blog','files, reports, blog','report','report the numbers','the numbers','[]',NULL,'held',0,0,0,NULL,NULL,'2026-11-28 00:30:55.555766',NULL,NULL,NULL,'{}',NULL);
INSERT INTO "claw_deliveries" VALUES(4,'d-6f1567f128','task/t-h9cyy282/files','t-h9cyy282','files','files, reports, blog','report','illustrate the story','the pictures','[]',NULL,'held',0,0,0,NULL,NULL,'2026-11-28 00:30:56.174727',NULL,NULL,NULL,'{}','t-x5z7ah8b');
INSERT INTO "claw_deliveries" VALUES(5,'d-1aee915369','task/t-h9cyy282/reports','t-h9cyy282','reports','files, reports, blog','report','illustrate the story','the pictures','[]',NULL,'held',0,0,0,NULL,NULL,'2026-11-28 00:30:56.197834',NULL,NULL,NULL,'{}','t-x5z7ah8b');
INSERT INTO "claw_deliveries" VALUES(6,'d-fe082aeb19','task/t-h9cyy282/blog','t-h9cyy282','blog','files, reports, blog','report','illustrate the story','the pictures','[]',NULL,'held',0,0,0,NULL,NULL,'2026-11-28 00:30:56.220856',NULL,NULL,NULL,'{}','t-x5z7ah8b');
INSERT INTO "claw_deliveries" VALUES(7,'d-d7aad602f6','task/t-p4pew8xp/files','t-p4pew8xp','files','files, reports, blog','report','write the summary','the summary','[]',NULL,'delivered',1,0,0,NULL,'{"destination": "files", "url": null, "path": "/srv/coordinator/out/write-the-summary-b5dbc9e9.md", "id": "write-the-summary-b5dbc9e9.md", "size_bytes": 11, "sha256": "ae28b3c59d7baf3fff5d41b905eb2ee6afa902a930af5cdc289811b06816fcdd", "at": "2026-11-28T00:30:56.944444Z"}','2026-11-28 00:30:56.865824',NULL,NULL,'2026-11-28 00:30:56.944734','{}',NULL);
INSERT INTO "claw_deliveries" VALUES(8,'d-9f1b9f0ae9','task/t-p4pew8xp/reports','t-p4pew8xp','reports','files, reports, blog','report','write the summary','the summary','[]',NULL,'planned',1,0,0,NULL,NULL,'2026-11-28 00:30:56.870804',NULL,NULL,NULL,'{}',NULL);
INSERT INTO "claw_deliveries" VALUES(9,'d-7db61eae2b','task/t-p4pew8xp/blog','t-p4pew8xp','blog','files, reports, blog','report','write the summary','the summary','[]',NULL,'held',0,0,0,NULL,NULL,'2026-11-28 00:30:56.874512',NULL,NULL,NULL,'{}',NULL);
CREATE TABLE claw_events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_id TEXT, 
	at DATETIME NOT NULL, 
	type TEXT NOT NULL, 
	text TEXT NOT NULL, 
	data JSON NOT NULL, 
	CONSTRAINT fk_claw_events_task_id FOREIGN KEY(task_id) REFERENCES claw_tasks (id)
);
INSERT INTO "claw_events" VALUES(1,'t-q64mkp4c','2026-11-28 00:30:54.657236','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(2,'t-q64mkp4c','2026-11-28 00:30:54.752182','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(3,'t-q64mkp4c','2026-11-28 00:30:55.087663','task.completed','Completed.','{}');
INSERT INTO "claw_events" VALUES(4,'t-q64mkp4c','2026-11-28 00:30:55.162903','task.closed','cleaned up','{}');
INSERT INTO "claw_events" VALUES(5,'t-7cq42c9k','2026-11-28 00:30:55.180280','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(6,'t-7cq42c9k','2026-11-28 00:30:55.350061','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(7,'t-7cq42c9k','2026-11-28 00:30:55.415576','task.completed','Completed.','{}');
INSERT INTO "claw_events" VALUES(8,'t-7cq42c9k','2026-11-28 00:30:55.574559','delivery.held','delivery to blog waits for approval','{"delivery": "d-2f3c8a6839"}');
INSERT INTO "claw_events" VALUES(9,'t-7cq42c9k','2026-11-28 00:30:55.666229','delivery.delivered','delivered to files: /srv/coordinator/out/report-the-numbers-48bcab21.md','{"delivery": "d-2be14ce882"}');
INSERT INTO "claw_events" VALUES(10,'t-7cq42c9k','2026-11-28 00:30:55.785842','task.closed','cleaned up','{}');
INSERT INTO "claw_events" VALUES(11,'t-x5z7ah8b','2026-11-28 00:30:55.830141','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(12,'t-x5z7ah8b','2026-11-28 00:30:55.843156','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(13,'t-x5z7ah8b','2026-11-28 00:30:55.953807','task.input-required','Waiting for a person: waiting for an operator''s approval','{}');
INSERT INTO "claw_events" VALUES(14,'t-h9cyy282','2026-11-28 00:30:55.976406','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(15,'t-h9cyy282','2026-11-28 00:30:56.046582','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(16,'t-h9cyy282','2026-11-28 00:30:56.163556','task.completed','Completed.','{}');
INSERT INTO "claw_events" VALUES(17,'t-h9cyy282','2026-11-28 00:30:56.178400','delivery.held','delivery to files waits for the approval of task t-x5z7ah8b','{"delivery": "d-6f1567f128"}');
INSERT INTO "claw_events" VALUES(18,'t-h9cyy282','2026-11-28 00:30:56.204434','delivery.held','delivery to reports waits for the approval of task t-x5z7ah8b','{"delivery": "d-1aee915369"}');
INSERT INTO "claw_events" VALUES(19,'t-h9cyy282','2026-11-28 00:30:56.223553','delivery.held','delivery to blog waits for the approval of task t-x5z7ah8b','{"delivery": "d-fe082aeb19"}');
INSERT INTO "claw_events" VALUES(20,'t-h9cyy282','2026-11-28 00:30:56.252972','task.closed','cleaned up','{}');
INSERT INTO "claw_events" VALUES(21,'t-ke5fg7pt','2026-11-28 00:30:56.258178','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(22,'t-ke5fg7pt','2026-11-28 00:30:56.271381','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(23,'t-ke5fg7pt','2026-11-28 00:30:56.312692','task.input-required','Waiting for a person: waiting for an operator''s approval','{}');
INSERT INTO "claw_events" VALUES(24,'t-xmwmyprr','2026-11-28 00:30:56.326701','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(25,'t-xmwmyprr','2026-11-28 00:30:56.352111','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(26,'t-pgkdpscd','2026-11-28 00:30:56.374466','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(27,'t-m8ghqj2k','2026-11-28 00:30:56.397540','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(28,'t-5yespexj','2026-11-28 00:30:56.422875','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(29,'t-p4pew8xp','2026-11-28 00:30:56.542345','task.submitted','submitted by ada','{}');
INSERT INTO "claw_events" VALUES(30,'t-p4pew8xp','2026-11-28 00:30:56.649285','task.working','Work has begun.','{}');
INSERT INTO "claw_events" VALUES(31,'t-p4pew8xp','2026-11-28 00:30:56.844338','task.completed','Completed.','{}');
INSERT INTO "claw_events" VALUES(32,'t-p4pew8xp','2026-11-28 00:30:56.880299','delivery.held','delivery to blog waits for approval','{"delivery": "d-7db61eae2b"}');
INSERT INTO "claw_events" VALUES(33,'t-p4pew8xp','2026-11-28 00:30:56.952616','delivery.delivered','delivered to files: /srv/coordinator/out/write-the-summary-b5dbc9e9.md','{"delivery": "d-d7aad602f6"}');
INSERT INTO "claw_events" VALUES(34,'t-ke5fg7pt','2026-11-28 00:30:57.255743','review.approved','approved by ada','{"by": "ada", "call": null}');
INSERT INTO "claw_events" VALUES(35,'t-5yespexj','2026-11-28 00:30:57.283096','task.cancel-requested','ada asked for it to be stopped.','{}');
CREATE TABLE claw_handoffs (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	from_task TEXT NOT NULL, 
	to_task TEXT NOT NULL, 
	to_agent TEXT NOT NULL, 
	summary TEXT NOT NULL, 
	artifacts JSON NOT NULL, 
	state TEXT NOT NULL, 
	deadline_at DATETIME, 
	created_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	answer TEXT, 
	CONSTRAINT pk_claw_handoffs PRIMARY KEY (number), 
	CONSTRAINT uq_claw_handoffs_id UNIQUE (id), 
	CONSTRAINT uq_claw_handoffs_to_task UNIQUE (to_task), 
	CONSTRAINT fk_claw_handoffs_from_task FOREIGN KEY(from_task) REFERENCES claw_tasks (id), 
	CONSTRAINT fk_claw_handoffs_to_task FOREIGN KEY(to_task) REFERENCES claw_tasks (id)
);
CREATE TABLE claw_joins (
	origin TEXT NOT NULL, 
	task_id TEXT NOT NULL, 
	CONSTRAINT pk_claw_joins PRIMARY KEY (origin), 
	CONSTRAINT fk_claw_joins_task_id FOREIGN KEY(task_id) REFERENCES claw_tasks (id)
);
CREATE TABLE claw_posts (
	"key" TEXT NOT NULL, 
	channel_id TEXT NOT NULL, 
	message_id TEXT, 
	sha256 TEXT NOT NULL, 
	planned_at DATETIME NOT NULL, 
	CONSTRAINT pk_claw_posts PRIMARY KEY ("key")
);
CREATE TABLE claw_runs (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	task_id TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	agent TEXT NOT NULL, 
	runtime TEXT NOT NULL, 
	state TEXT NOT NULL, 
	token_sha256 TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	exit_code INTEGER, 
	error TEXT, 
	stderr TEXT NOT NULL, 
	result JSON, 
	usage JSON, 
	CONSTRAINT pk_claw_runs PRIMARY KEY (number), 
	CONSTRAINT uq_claw_runs_id UNIQUE (id), 
	CONSTRAINT uq_claw_runs_task_id_attempt UNIQUE (task_id, attempt), 
	CONSTRAINT fk_claw_runs_task_id FOREIGN KEY(task_id) REFERENCES claw_tasks (id)
);
INSERT INTO "claw_runs" VALUES(1,'t-q64mkp4c-r1','t-q64mkp4c',1,'writing','command','completed','a3ceedafe72ca904f32d5ca4634f460a091117286e8d0aab0976235667529aba','2026-11-28 00:30:54.836564','2026-11-28 00:30:54.913448',0,NULL,'','{"text": "it was closed", "kind": null, "title": null, "artifacts": []}',NULL);
INSERT INTO "claw_runs" VALUES(2,'t-7cq42c9k-r1','t-7cq42c9k',1,'writing','command','completed','b54b4927350f828ffab5f88957e57539252ca79d9f6aa3685174bd40a9656614','2026-11-28 00:30:55.370565','2026-11-28 00:30:55.388927',0,NULL,'','{"text": "the numbers", "kind": "report", "title": null, "artifacts": []}',NULL);
INSERT INTO "claw_runs" VALUES(3,'t-x5z7ah8b-r1','t-x5z7ah8b',1,'writing','command','completed','5fd844422fa90560856be6a3aadf6c5114af39f4fac89c9ca873487e7e985cbc','2026-11-28 00:30:55.869965','2026-11-28 00:30:55.934373',0,NULL,'','{"text": "the story", "kind": null, "title": null, "artifacts": []}',NULL);
INSERT INTO "claw_runs" VALUES(4,'t-h9cyy282-r1','t-h9cyy282',1,'writing','command','completed','d5d863bcfebe30e0130a4a07921113d2365462d8947a062c7f767741e2b0aab9','2026-11-28 00:30:56.103773','2026-11-28 00:30:56.128664',0,NULL,'','{"text": "the pictures", "kind": "report", "title": null, "artifacts": []}',NULL);
INSERT INTO "claw_runs" VALUES(5,'t-ke5fg7pt-r1','t-ke5fg7pt',1,'writing','command','completed','2e1f8d5c6ecdb6b80810889cd71015ba064548cbc288c894a28b98734238edf7','2026-11-28 00:30:56.283700','2026-11-28 00:30:56.292302',0,NULL,'','{"text": "the news", "kind": null, "title": null, "artifacts": []}',NULL);
INSERT INTO "claw_runs" VALUES(6,'t-xmwmyprr-r1','t-xmwmyprr',1,'research','command','running','ce6ad28d6057fc4f5443724f788ca958ef65a2865086ac949ff8613a6c691cc3','2026-11-28 00:30:56.367498',NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "claw_runs" VALUES(7,'t-p4pew8xp-r1','t-p4pew8xp',1,'writing','command','completed','dbf7ea3b116cfa918124b76e51cea0290386c318b47a1fe13a147b9a398ab7f3','2026-11-28 00:30:56.798749','2026-11-28 00:30:56.816096',0,NULL,'','{"text": "the summary", "kind": "report", "title": null, "artifacts": []}',NULL);
CREATE TABLE claw_tasks (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT, 
	chosen_because TEXT NOT NULL, 
	"key" TEXT, 
	origin TEXT NOT NULL, 
	parent_id TEXT, 
	root_id TEXT NOT NULL, 
	depth INTEGER NOT NULL, 
	handoff_id TEXT, 
	packet JSON, 
	review BOOLEAN NOT NULL, 
	private BOOLEAN NOT NULL, 
	wanted JSON NOT NULL, 
	asked_from JSON NOT NULL, 
	timeout_s FLOAT NOT NULL, 
	deadline_at DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	channel TEXT NOT NULL, 
	channel_id TEXT, 
	message_id TEXT, 
	thread_id TEXT, 
	thread_url TEXT, 
	result JSON, 
	usage JSON, 
	discord_requests INTEGER NOT NULL, 
	cancel_requested TEXT, 
	fence INTEGER NOT NULL, 
	searchable TEXT NOT NULL, fingerprint TEXT, 
	CONSTRAINT pk_claw_tasks PRIMARY KEY (number), 
	CONSTRAINT uq_claw_tasks_id UNIQUE (id), 
	CONSTRAINT uq_claw_tasks_origin UNIQUE (origin), 
	CONSTRAINT fk_claw_tasks_parent_id FOREIGN KEY(parent_id) REFERENCES claw_tasks (id)
);
INSERT INTO "claw_tasks" VALUES(1,'t-q64mkp4c','say what is closed','say what is closed','writing','intern','completed',NULL,'named in the call',NULL,'call/r-0-say what is closed-{''agent'': ''writing''}',NULL,'t-q64mkp4c',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:54.641986','2026-11-28 00:30:54.752182','2026-11-28 00:30:55.087663','writing','1300000000000000000','1300000000000000001','1300000000000000001','memory://1300000000000000000/1300000000000000001','{"text": "it was closed", "kind": null, "title": null, "artifacts": []}',NULL,0,NULL,1,'say what is closed
say what is closed
it was closed',NULL);
INSERT INTO "claw_tasks" VALUES(2,'t-7cq42c9k','report the numbers','report the numbers','writing','intern','completed',NULL,'named in the call',NULL,'call/r-4-report the numbers-{''agent'': ''writing''}',NULL,'t-7cq42c9k',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:55.179351','2026-11-28 00:30:55.350061','2026-11-28 00:30:55.415576','writing','1300000000000000000','1300000000000000003','1300000000000000003','memory://1300000000000000000/1300000000000000003','{"text": "the numbers", "kind": "report", "title": null, "artifacts": []}',NULL,0,NULL,1,'report the numbers
report the numbers
the numbers',NULL);
INSERT INTO "claw_tasks" VALUES(3,'t-x5z7ah8b','write the story','write the story','writing','intern','input-required','waiting for an operator''s approval','named in the call',NULL,'call/r-9-write the story-{''agent'': ''writing'', ''review'': True}',NULL,'t-x5z7ah8b',0,NULL,NULL,1,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:55.827861','2026-11-28 00:30:55.843156',NULL,'writing','1300000000000000000','1300000000000000006','1300000000000000006','memory://1300000000000000000/1300000000000000006','{"text": "the story", "kind": null, "title": null, "artifacts": []}',NULL,0,NULL,1,'write the story
write the story
the story',NULL);
INSERT INTO "claw_tasks" VALUES(4,'t-h9cyy282','illustrate the story','illustrate the story','writing','intern','completed',NULL,'named in the call',NULL,'call/r-13-illustrate the story-{''agent'': ''writing'', ''parent_task'': ''t-x5z7ah8b''}','t-x5z7ah8b','t-x5z7ah8b',1,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:55.973693','2026-11-28 00:30:56.046582','2026-11-28 00:30:56.163556','writing','1300000000000000000','1300000000000000008','1300000000000000008','memory://1300000000000000000/1300000000000000008','{"text": "the pictures", "kind": "report", "title": null, "artifacts": []}',NULL,0,NULL,1,'illustrate the story
illustrate the story
the pictures',NULL);
INSERT INTO "claw_tasks" VALUES(5,'t-ke5fg7pt','write the news','write the news','writing','intern','input-required','waiting for an operator''s approval','named in the call',NULL,'call/r-17-write the news-{''agent'': ''writing'', ''review'': True}',NULL,'t-ke5fg7pt',0,NULL,NULL,1,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.256881','2026-11-28 00:30:56.271381',NULL,'writing','1300000000000000000','1300000000000000010','1300000000000000010','memory://1300000000000000000/1300000000000000010','{"text": "the news", "kind": null, "title": null, "artifacts": []}',NULL,0,NULL,1,'write the news
write the news
the news',NULL);
INSERT INTO "claw_tasks" VALUES(6,'t-xmwmyprr','survey the sources','survey the sources','research','intern','working',NULL,'named in the call',NULL,'call/r-21-survey the sources-{''agent'': ''research''}',NULL,'t-xmwmyprr',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.324956','2026-11-28 00:30:56.352111',NULL,'research','1300000000000000012','1300000000000000013','1300000000000000013','memory://1300000000000000012/1300000000000000013',NULL,NULL,0,NULL,1,'survey the sources
survey the sources',NULL);
INSERT INTO "claw_tasks" VALUES(7,'t-pgkdpscd','survey the field','survey the field','research','intern','submitted',NULL,'named in the call',NULL,'call/r-22-survey the field-{''agent'': ''research''}',NULL,'t-pgkdpscd',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.372821',NULL,NULL,'research','1300000000000000012','1300000000000000014','1300000000000000014','memory://1300000000000000012/1300000000000000014',NULL,NULL,0,NULL,1,'survey the field
survey the field',NULL);
INSERT INTO "claw_tasks" VALUES(8,'t-m8ghqj2k','survey my letters','survey my letters','research','intern','submitted',NULL,'named in the call',NULL,'call/r-23-survey my letters-{''agent'': ''research'', ''private'': True}',NULL,'t-m8ghqj2k',0,NULL,NULL,0,1,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.396634',NULL,NULL,'research',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,1,'survey my letters
survey my letters',NULL);
INSERT INTO "claw_tasks" VALUES(9,'t-5yespexj','survey the rest','survey the rest','research','intern','submitted',NULL,'named in the call',NULL,'call/r-24-survey the rest-{''agent'': ''research''}',NULL,'t-5yespexj',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.420586',NULL,NULL,'research','1300000000000000012','1300000000000000015','1300000000000000015','memory://1300000000000000012/1300000000000000015',NULL,NULL,0,'ada',1,'survey the rest
survey the rest',NULL);
INSERT INTO "claw_tasks" VALUES(10,'t-p4pew8xp','write the summary','write the summary','writing','intern','completed',NULL,'named in the call',NULL,'call/r-25-write the summary-{''agent'': ''writing''}',NULL,'t-p4pew8xp',0,NULL,NULL,0,0,'{"kind": null, "labels": [], "priority": null, "to": [], "expected": []}','{}',900.0,NULL,'2026-11-28 00:30:56.538912','2026-11-28 00:30:56.649285','2026-11-28 00:30:56.844338','writing','1300000000000000000','1300000000000000016','1300000000000000016','memory://1300000000000000000/1300000000000000016','{"text": "the summary", "kind": "report", "title": null, "artifacts": []}',NULL,0,NULL,1,'write the summary
write the summary
the summary',NULL);
CREATE TABLE claw_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT claw_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "claw_version" VALUES('0004');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
INSERT INTO "notifications" VALUES('86a2b427-7aad-4b7c-9543-12c73d33b39a','task:t-q64mkp4c','__null__topic__','"wake"',1795825854000,'json',1,5);
INSERT INTO "notifications" VALUES('2381a9ce-912c-4cf5-967c-1fe1e46f8323','task:t-7cq42c9k','__null__topic__','"wake"',1795825855000,'json',1,5);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',1,'begin','{"answer": {"is": "working"}}',NULL,NULL,1795825854741,1795825854782,'json','claw-discord-coord',1795825854000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',2,'open','{"answer": null}',NULL,NULL,1795825854797,1795825854820,'json','claw-discord-coord',1795825854000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',3,'run','{"answer": null}',NULL,NULL,1795825854824,1795825854867,'json','claw-discord-coord',1795825854000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',4,'settle','{"answer": {"is": "running", "patience_s": 86400.0}}',NULL,NULL,1795825854882,1795825854903,'json','claw-discord-coord',1795825854000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',6,'DBOS.sleep','1795912254.9331758',NULL,NULL,1795825854932,1795825854933,'portable_json','claw-discord-coord',1795825854000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',5,'DBOS.recv','"wake"',NULL,NULL,1795825854921,1795825855050,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',7,'settle','{"answer": {"is": "completed"}}',NULL,NULL,1795825855073,1795825855076,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',8,'ask','{"answer": "completed"}',NULL,NULL,1795825855080,1795825855082,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',9,'end','{"answer": null}',NULL,NULL,1795825855084,1795825855108,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',10,'plan','{"answer": null}',NULL,NULL,1795825855116,1795825855122,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',11,'close','{"answer": null}',NULL,NULL,1795825855125,1795825855150,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',12,'announce','{"answer": null}',NULL,NULL,1795825855153,1795825855155,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-q64mkp4c',13,'clean','{"answer": null}',NULL,NULL,1795825855158,1795825855167,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',1,'begin','{"answer": {"is": "working"}}',NULL,NULL,1795825855347,1795825855355,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',2,'open','{"answer": null}',NULL,NULL,1795825855358,1795825855364,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',3,'run','{"answer": null}',NULL,NULL,1795825855368,1795825855382,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',4,'settle','{"answer": {"is": "running", "patience_s": 86400.0}}',NULL,NULL,1795825855387,1795825855391,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',6,'DBOS.sleep','1795912255.3976583',NULL,NULL,1795825855396,1795825855397,'portable_json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',5,'DBOS.recv','"wake"',NULL,NULL,1795825855395,1795825855401,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',7,'settle','{"answer": {"is": "completed"}}',NULL,NULL,1795825855402,1795825855405,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',8,'ask','{"answer": "completed"}',NULL,NULL,1795825855406,1795825855408,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',9,'end','{"answer": null}',NULL,NULL,1795825855413,1795825855417,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',10,'plan','{"answer": null}',NULL,NULL,1795825855419,1795825855746,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',11,'close','{"answer": null}',NULL,NULL,1795825855760,1795825855771,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',12,'announce','{"answer": null}',NULL,NULL,1795825855773,1795825855775,'json','claw-discord-coord',1795825855000);
INSERT INTO "operation_outputs" VALUES('task:t-7cq42c9k',13,'clean','{"answer": null}',NULL,NULL,1795825855778,1795825855810,'json','claw-discord-coord',1795825855000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('task:t-q64mkp4c','{"args": ["t-q64mkp4c"], "kwargs": {}}',1795825854000);
INSERT INTO "workflow_input" VALUES('task:t-7cq42c9k','{"args": ["t-7cq42c9k"], "kwargs": {}}',1795825855000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('task:t-q64mkp4c','null',NULL,1795825855000);
INSERT INTO "workflow_output" VALUES('task:t-7cq42c9k','null',NULL,1795825855000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('task:t-q64mkp4c','SUCCESS','task',NULL,NULL,NULL,NULL,NULL,NULL,'coordinator',1795825854000,1795825855000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'json',NULL,0,0,1795825855000,'null',NULL,NULL,0,'claw-discord-coord','4b07ce48-527d-4063-bfdf-1ec4ad1ad249');
INSERT INTO "workflow_status" VALUES('task:t-7cq42c9k','SUCCESS','task',NULL,NULL,NULL,NULL,NULL,NULL,'coordinator',1795825855000,1795825855000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'json',NULL,0,0,1795825855000,'null',NULL,NULL,0,'claw-discord-coord','4a89ea8f-45d1-40fc-9d17-8b4d55b9744c');
CREATE UNIQUE INDEX ux_claw_tasks_key ON claw_tasks ("key") WHERE key IS NOT NULL AND state NOT IN ('failed', 'canceled', 'rejected');
CREATE INDEX ix_claw_tasks_agent_state ON claw_tasks (agent, state);
CREATE INDEX ix_claw_tasks_state ON claw_tasks (state);
CREATE INDEX ix_claw_tasks_parent_id ON claw_tasks (parent_id);
CREATE INDEX ix_claw_tasks_root_id ON claw_tasks (root_id);
CREATE INDEX ix_claw_runs_state ON claw_runs (state);
CREATE INDEX ix_claw_runs_token_sha256 ON claw_runs (token_sha256);
CREATE INDEX ix_claw_handoffs_from_task ON claw_handoffs (from_task);
CREATE INDEX ix_claw_deliveries_task_id ON claw_deliveries (task_id);
CREATE INDEX ix_claw_deliveries_state ON claw_deliveries (state);
CREATE INDEX ix_claw_events_task_id ON claw_events (task_id);
CREATE INDEX ix_claw_announcements_session_key ON claw_announcements (session_key);
CREATE UNIQUE INDEX ux_claw_tasks_fingerprint ON claw_tasks (fingerprint) WHERE fingerprint IS NOT NULL AND state NOT IN ('completed', 'failed', 'canceled', 'rejected');
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('claw_events',35);
COMMIT;
