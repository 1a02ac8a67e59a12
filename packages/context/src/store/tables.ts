/** Statements of the first migration. Types that differ are written as SQLite knows them. */
export function firstTables(dialect: 'sqlite' | 'postgres'): readonly string[] {
  return dialect === 'sqlite' ? [...shared.map(strict), ...sqliteOnly] : [...shared.map(asPostgres), ...postgresOnly];
}

const shared: readonly string[] = [
  `create table context_scopes (
    num integer primary key,
    owner text not null,
    project text,
    unique (owner, project)
  )`,
  `create table context_conversations (
    num integer primary key,
    id text not null unique,
    title text,
    is_titled integer not null,
    owner text not null,
    project text,
    folder text,
    parent_id text,
    fork_seq integer not null,
    owner_num integer not null,
    project_num integer not null,
    is_private integer not null,
    created_at integer not null,
    updated_at integer not null,
    archived_at integer,
    closed_at integer,
    last_seq integer not null,
    meta text not null
  )`,
  'create index context_conversations_by_time on context_conversations (owner, updated_at, num)',
  'create index context_conversations_by_parent on context_conversations (parent_id)',
  `create table context_messages (
    num integer primary key,
    id text not null unique,
    conversation_id text not null,
    seq integer not null,
    role text not null check (role in ('system', 'user', 'assistant', 'tool')),
    text text not null,
    grams text,
    parts text,
    tool_call_id text,
    task_id text,
    call_id text,
    status text not null check (status in ('open', 'done', 'aborted', 'error')),
    origin text not null check (origin in ('user', 'model', 'tool', 'import')),
    process text,
    created_at integer not null,
    redacted_at integer,
    crc integer not null,
    unique (conversation_id, seq)
  )`,
  `create index context_messages_open on context_messages (process) where status = 'open'`,
  `create table context_counts (
    num integer not null,
    tokenizer text not null,
    tokens integer not null,
    exact integer not null,
    primary key (num, tokenizer)
  )`,
  `create table context_blocks (
    conversation_id text not null,
    seq integer not null,
    text text not null,
    sources text not null,
    tokens integer not null,
    primary key (conversation_id, seq)
  )`,
  `create table context_windows (
    conversation_id text not null,
    model text not null,
    epoch integer not null,
    first_seq integer not null,
    pins text not null,
    summaries text not null,
    prefix_sha256 text not null,
    base_tokens integer not null,
    state text not null,
    updated_at integer not null,
    primary key (conversation_id, model)
  )`,
  `create table context_summaries (
    num integer primary key,
    id text not null unique,
    conversation_id text not null,
    level integer not null,
    from_seq integer not null,
    to_seq integer not null,
    kind text not null check (kind in ('extract', 'model')),
    text text not null,
    grams text,
    tokens integer not null,
    model text,
    prompt_version text not null,
    source_sha256 text not null,
    state text not null check (state in ('active', 'stale', 'failed')),
    created_at integer not null
  )`,
  'create index context_summaries_by_place on context_summaries (conversation_id, level, from_seq)',
  `create table context_memories (
    num integer primary key,
    id text not null unique,
    owner text not null,
    project text,
    owner_num integer not null,
    project_num integer not null,
    kind text not null check (kind in ('instruction', 'preference', 'fact', 'decision', 'note')),
    text text not null,
    grams text,
    quote text,
    source_num integer,
    source_id text,
    origin text not null check (origin in ('user', 'rule', 'model', 'import')),
    state text not null check (state in ('suggested', 'active', 'superseded', 'rejected')),
    pinned integer not null,
    superseded_by text,
    valid_from integer,
    valid_to integer,
    created_at integer not null,
    used_at integer,
    uses integer not null
  )`,
  'create index context_memories_by_owner on context_memories (owner, state)',
  'create index context_memories_by_source on context_memories (source_num)',
  `create table context_links (
    conversation_id text not null,
    message_num integer,
    task_id text not null,
    kind text not null check (kind in ('asked', 'about', 'result')),
    created_at integer not null,
    unique (conversation_id, task_id, kind, message_num)
  )`,
  'create index context_links_by_message on context_links (message_num)',
  `create table context_vectors (
    num integer not null,
    kind text not null,
    embedder text not null,
    vector blob not null,
    primary key (num, kind, embedder)
  )`,
  `create table context_jobs (
    key text primary key,
    kind text not null,
    payload text not null,
    state text not null check (state in ('waiting', 'running', 'done', 'failed')),
    attempts integer not null,
    lease_until integer,
    created_at integer not null
  )`,
  'create index context_jobs_by_state on context_jobs (state, created_at)',
  `create table context_learned (
    key text primary key,
    value text not null,
    updated_at integer not null
  )`,
  `create table context_forgotten (
    id text primary key,
    at integer not null,
    action text not null,
    scope_kind text not null,
    count integer not null,
    by text not null,
    is_done integer not null
  )`,
  `create table context_processes (
    id text primary key,
    pid integer not null,
    host text not null,
    seen_at integer not null
  )`,
];

/** One sequence over messages, memories and summaries; external content, so that the text is stored once. */
const sqliteOnly: readonly string[] = [
  'create table context_sequence (id integer primary key check (id = 1), last integer not null) strict',
  'insert into context_sequence (id, last) values (1, 0)',
  `create view context_source (num, text, scope) as
    select m.num,
      iif(m.grams is null, m.text, m.text || ' ' || m.grams),
      'c' || c.num || iif(c.is_private, ' y', ' p') || c.project_num
    from context_messages m join context_conversations c on c.id = m.conversation_id
    where m.status <> 'open' and m.role <> 'system'
    union all
    select num, iif(grams is null, text, text || ' ' || grams), 'm' || project_num
    from context_memories
    union all
    select s.num,
      iif(s.grams is null, s.text, s.text || ' ' || s.grams),
      'd' || c.num || iif(c.is_private, ' t', ' s') || c.project_num
    from context_summaries s join context_conversations c on c.id = s.conversation_id
    where s.state = 'active'`,
  `create virtual table context_fts using fts5(text, scope, content='context_source', content_rowid='num',
    tokenize='porter unicode61 remove_diacritics 2')`,
  `insert into context_fts (context_fts, rank) values ('secure-delete', 1)`,
  `insert into context_fts (context_fts, rank) values ('usermerge', 2)`,
  `create virtual table context_words using fts5vocab('context_fts', 'col')`,
];

/** The same index as rows: tokens and stems come from this package, so that both databases score alike. */
const postgresOnly: readonly string[] = [
  'create sequence context_sequence',
  `create table context_index (
    num bigint primary key,
    conversation_num bigint,
    owner_num bigint not null,
    project_num bigint not null,
    is_private integer not null,
    role text not null,
    tokens integer not null,
    words tsvector not null
  )`,
  'create index context_index_words on context_index using gin (words)',
  'create index context_index_conversation on context_index (conversation_num)',
  'create index context_index_project on context_index (owner_num, project_num)',
  'create table context_terms (term text primary key, documents bigint not null)',
  'create table context_totals (id integer primary key check (id = 1), documents bigint not null, tokens bigint not null)',
  'insert into context_totals (id, documents, tokens) values (1, 0, 0)',
  `create function context_count_terms() returns trigger language plpgsql as $$
  begin
    if tg_op = 'DELETE' then
      update context_terms set documents = documents - 1 where term = any(tsvector_to_array(old.words));
      delete from context_terms where documents <= 0 and term = any(tsvector_to_array(old.words));
      update context_totals set documents = documents - 1, tokens = context_totals.tokens - old.tokens;
      return old;
    end if;
    insert into context_terms as known (term, documents)
      select word, 1 from unnest(tsvector_to_array(new.words)) as word order by word
      on conflict (term) do update set documents = known.documents + 1;
    update context_totals set documents = documents + 1, tokens = context_totals.tokens + new.tokens;
    return new;
  end $$`,
  `create trigger context_index_counted after insert or delete on context_index
    for each row execute function context_count_terms()`,
];

function strict(statement: string): string {
  if (!statement.startsWith('create table')) return statement;
  return statement.includes('create table context_counts')
    ? `${statement} strict, without rowid`
    : `${statement} strict`;
}

function asPostgres(statement: string): string {
  return statement.replaceAll(' integer', ' bigint').replaceAll(' blob', ' bytea');
}
