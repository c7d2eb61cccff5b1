"""Statistics for BM25, languages other than English, and an index for filters.

All lexemes are rebuilt, so that texts in scripts without spaces are found by their parts.
Existing documents count as English until they are written again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Han, kana, Hangul, Thai, Lao, Tibetan, Burmese and Khmer.
UNSPACED = (
    r"\u0E00-\u0EFF\u0F00-\u0FFF\u1000-\u109F\u1100-\u11FF\u1780-\u17FF\u3005-\u3007"
    r"\u3040-\u30FF\u3130-\u318F\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7FF"
    r"\uF900-\uFAFF\U00020000-\U0003FFFF"
)

TEXT_LANGUAGE = """
CREATE FUNCTION text_language(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    (SELECT cfgname::text FROM pg_catalog.pg_ts_config
     WHERE cfgname = name AND pg_catalog.pg_ts_config_is_visible(oid)),
    get_current_ts_config()::text
)
"""

# PostgreSQL's parser finds no words in such scripts. Each pair of neighbouring characters is a
# lexeme. In a document each single character is one too, for queries of one character. The
# tsvector is built as text, because the parser would drop vowel signs.
UNSPACED_LEXEMES = f"""
CREATE FUNCTION unspaced_lexemes(readable text, singles boolean) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH signs AS (
        SELECT sign, place, coalesce(lag(sign) OVER beside, ' ') AS before,
            coalesce(lead(sign) OVER beside, ' ') AS after
        FROM string_to_table(regexp_replace(readable, '[^{UNSPACED}]+', ' ', 'g'), NULL)
            WITH ORDINALITY AS split (sign, place)
        WINDOW beside AS (ORDER BY place)
    ), parts AS (
        SELECT sign || after AS lexeme, place FROM signs WHERE sign <> ' ' AND after <> ' '
        UNION ALL
        SELECT sign, place FROM signs
        WHERE sign <> ' ' AND (singles OR (before = ' ' AND after = ' '))
    ), entries AS (
        SELECT lexeme || ':' || array_to_string((array_agg(least(place, 16383)))[1:256], ',')
            AS entry
        FROM parts GROUP BY lexeme
    )
    SELECT coalesce(string_agg(entry, ' '), '')::tsvector FROM entries;
END
"""

TEXT_LEXEMES = f"""
CREATE FUNCTION text_lexemes(language text, readable text, singles boolean) RETURNS tsvector
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    plain text;
BEGIN
    IF octet_length(readable) = length(readable) THEN
        RETURN to_tsvector(language::regconfig, readable);
    END IF;
    plain := normalize(readable, NFKC);
    IF plain !~ '[{UNSPACED}]' THEN
        RETURN to_tsvector(language::regconfig, plain);
    END IF;
    RETURN to_tsvector(language::regconfig, regexp_replace(plain, '[{UNSPACED}]+', ' ', 'g'))
        || unspaced_lexemes(plain, singles);
END
$$
"""

# A tsvector holds at most 1 MB. A text with more distinct words is indexed as far as it fits, so
# that the write succeeds.
DOCUMENT_LEXEMES = """
CREATE FUNCTION document_lexemes(language text, title text, content text) RETURNS tsvector
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    readable text := content;
BEGIN
    LOOP
        BEGIN
            RETURN setweight(text_lexemes(language, coalesce(title, ''), true), 'A')
                || setweight(text_lexemes(language, readable, true), 'D');
        EXCEPTION WHEN program_limit_exceeded THEN
            readable := left(readable, length(readable) * 3 / 4);
        END;
    END LOOP;
END
$$
"""

DOCUMENT_LENGTH = """
CREATE FUNCTION document_length(lexemes tsvector) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(sum(cardinality(positions)), 0)::integer FROM unnest(lexemes))
"""

DOCUMENT_LEXEMES_0001 = """
CREATE FUNCTION document_lexemes(title text, content text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    readable text := content;
BEGIN
    LOOP
        BEGIN
            RETURN setweight(to_tsvector('english', coalesce(title, '')), 'A')
                || setweight(to_tsvector('english', readable), 'D');
        EXCEPTION WHEN program_limit_exceeded THEN
            readable := left(readable, length(readable) * 3 / 4);
        END;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION document_lexemes(text, text)")
    for function in (
        TEXT_LANGUAGE,
        UNSPACED_LEXEMES,
        TEXT_LEXEMES,
        DOCUMENT_LEXEMES,
        DOCUMENT_LENGTH,
    ):
        op.execute(function)
    op.create_table("text_languages", sa.Column("language", sa.Text(), primary_key=True))
    op.create_table(
        "lexeme_frequencies",
        sa.Column("lexeme", sa.Text(collation="C"), primary_key=True),
        sa.Column("documents", sa.Double(), nullable=False),
    )
    op.create_table(
        "text_statistics",
        sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("documents", sa.Double(), nullable=False),
        sa.Column("average_length", sa.Double(), nullable=False),
        sa.Column("unlisted_documents", sa.Double(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name="text_statistics_one_row_check"),
    )
    _describe_texts()
    op.create_index(
        "documents_metadata",
        "documents",
        ["metadata"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
        postgresql_with={"fastupdate": "off"},
    )


def _describe_texts() -> None:
    """Add the language and the length of each text, and keep the lexemes in the row if they fit."""
    op.execute("ALTER TABLE document_texts SET (toast_tuple_target = 8160)")
    op.drop_index("document_texts_lexemes", "document_texts")
    op.add_column("document_texts", sa.Column("collection", sa.Text()))
    op.add_column("document_texts", sa.Column("language", sa.Text()))
    op.add_column("document_texts", sa.Column("length", sa.Integer()))
    op.execute(
        "UPDATE document_texts t SET collection = d.collection, language = 'english',"
        " lexemes = document_lexemes('english', d.title, d.content)"
        " FROM documents d WHERE d.key = t.document_key"
    )
    op.execute("UPDATE document_texts SET length = document_length(lexemes)")
    op.execute("INSERT INTO text_languages SELECT DISTINCT language FROM document_texts")
    op.alter_column("document_texts", "collection", nullable=False)
    op.alter_column("document_texts", "language", nullable=False)
    op.alter_column("document_texts", "length", nullable=False)
    _index_lexemes()


def _index_lexemes() -> None:
    op.create_index(
        "document_texts_lexemes",
        "document_texts",
        ["lexemes"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    op.drop_index("documents_metadata", "documents")
    op.drop_index("document_texts_lexemes", "document_texts")
    op.drop_column("document_texts", "length")
    op.drop_column("document_texts", "language")
    op.drop_column("document_texts", "collection")
    for table in ("text_statistics", "lexeme_frequencies", "text_languages"):
        op.drop_table(table)
    op.execute("DROP FUNCTION document_lexemes(text, text, text)")
    op.execute("DROP FUNCTION document_length, text_lexemes, unspaced_lexemes, text_language")
    op.execute(DOCUMENT_LEXEMES_0001)
    op.execute(
        "UPDATE document_texts t SET lexemes = document_lexemes(d.title, d.content)"
        " FROM documents d WHERE d.key = t.document_key"
    )
    _index_lexemes()
