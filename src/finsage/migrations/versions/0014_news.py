"""Headlines, what they are about, how they read, and the feeds a tenant names."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCRIPT = """
-- Feeds of one tenant; their headlines are that tenant's too. Those of the settings are everyone's.
CREATE TABLE news_feeds (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2048),
    title text CHECK (length(title) <= 500),
    added_at timestamptz NOT NULL DEFAULT now(),
    asked_at timestamptz,
    answered_at timestamptz,
    problem text CHECK (length(problem) <= 1000),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, url)
);

-- ``url_hash`` is of the address without what only tracks readers. ``shown_at`` orders lists: when it was published, or
-- fetched where that is not stated. ``mentions`` are ``scheme:value`` as the provider tagged it.
CREATE TABLE news_items (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    url_hash bytea NOT NULL CHECK (length(url_hash) = 32),
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2048),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    summary text NOT NULL CHECK (length(summary) <= 2000),
    publisher text NOT NULL CHECK (length(publisher) <= 500),
    language text CHECK (language ~ '^[a-z]{2}$'),
    provider text NOT NULL CHECK (length(provider) BETWEEN 1 AND 40),
    feed_id uuid,
    mentions text[] NOT NULL,
    published_at timestamptz,
    fetched_at timestamptz NOT NULL,
    shown_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    sentiment_model text,
    sentiment text CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    sentiment_probabilities double precision[] CHECK (cardinality(sentiment_probabilities) = 3),
    sentiment_words jsonb,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, url_hash),
    FOREIGN KEY (tenant_id, feed_id) REFERENCES news_feeds (tenant_id, id) ON DELETE CASCADE,
    CHECK (num_nonnulls(sentiment, sentiment_probabilities, sentiment_words) IN (0, 3)),
    CHECK (sentiment IS NULL OR sentiment_model IS NOT NULL)
);
CREATE INDEX idx_news_items_shown ON news_items (tenant_id, shown_at DESC, id DESC);
CREATE INDEX idx_news_items_stored ON news_items (tenant_id, stored_at);
CREATE INDEX idx_news_items_feed ON news_items (tenant_id, feed_id) WHERE feed_id IS NOT NULL;

-- A headline and an asset it names, as a tenant sees both. Either may be everyone's while the link is the tenant's, so
-- no foreign key carries the tenant: what has gone is swept by the next comparison, and no list shows it before.
CREATE TABLE news_links (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    matched_by text NOT NULL CHECK (matched_by IN ('tag', 'cashtag', 'identifier', 'name')),
    term text NOT NULL CHECK (length(term) BETWEEN 1 AND 300),
    PRIMARY KEY (tenant_id, item_id, asset_id)
);
CREATE INDEX idx_news_links_asset ON news_links (tenant_id, asset_id);

-- Up to where a tenant's headlines were compared with what its assets are called, and with which names.
CREATE TABLE news_marks (
    tenant_id uuid NOT NULL PRIMARY KEY,
    names_hash bytea NOT NULL,
    matched_until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON news_feeds, news_items, news_links, news_marks TO finsage_app;
GRANT SELECT ON news_feeds, news_items, news_links, news_marks TO finsage_backup;
"""

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT USING ({seen});
CREATE POLICY inserting ON {table} FOR INSERT WITH CHECK ({mine});
CREATE POLICY updating ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine});
CREATE POLICY deleting ON {table} FOR DELETE USING ({mine});
"""
MINE = "tenant_id = (SELECT current_setting('app.tenant')::uuid)"
SEEN = f"({MINE} OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)"


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SCRIPT)
    for table, seen in (("news_feeds", MINE), ("news_items", SEEN), ("news_links", SEEN), ("news_marks", MINE)):
        connection.exec_driver_sql(POLICIES.format(table=table, mine=MINE, seen=seen))


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE news_marks, news_links, news_items, news_feeds")
