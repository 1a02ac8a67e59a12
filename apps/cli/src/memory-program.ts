import type { Command } from 'commander';
import type { BodyName } from './program.js';

type Body = (name: BodyName) => (...received: unknown[]) => Promise<void>;

const kinds = 'instruction, preference, fact, decision or note';
const projectOnly = 'only for this project; tasks have no project yet, so none is told it';
const memoryId = 'memory; the last 6 characters of its id will do';
const conversationId = 'conversation; the last 6 characters of its id will do';

/** Adds `tale memory`. */
export function defineMemory(program: Command, body: Body): void {
  const memory = program.command('memory').description('what tale keeps in mind: read it, correct it, delete it');
  memory
    .command('list')
    .description('what is remembered, newest first')
    .option('--kind <kind>', `only ${kinds}`)
    .option('--project <name>', 'only what holds for this project, and for all')
    .option('--state <state>', 'only suggested, active, superseded or rejected')
    .option('--text <text>', 'only what holds this text')
    .option('--pinned', 'only what is in every window')
    .option('--superseded', 'also what was replaced')
    .option('--limit <count>', 'at most so many (default: 50)')
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(body('listMemories'));
  memory.command('show').description('one memory').argument('<id>', memoryId).action(body('showMemory'));
  memory
    .command('add')
    .description('keep something in mind')
    .argument('<text>', 'at most 2,000 characters; `-` reads it from stdin')
    .option('--kind <kind>', `${kinds} (default: note)`)
    .option('--project <name>', projectOnly)
    .option('--pin', 'put it into every window')
    .action(body('addMemory'));
  memory
    .command('pin')
    .description('put a memory into every window')
    .argument('<id>', memoryId)
    .action(body('pinMemory'));
  memory
    .command('unpin')
    .description('take a memory out of the windows; it is still found where it matters')
    .argument('<id>', memoryId)
    .action(body('unpinMemory'));
  memory
    .command('edit')
    .description('put a new memory in the place of one, which stays readable')
    .argument('<id>', memoryId)
    .argument('[text]', 'what it says from now on; `-` reads it from stdin')
    .option('--kind <kind>', kinds)
    .option('--project <name>', projectOnly)
    .action(body('editMemory'));
  memory
    .command('delete')
    .description('delete one memory for good')
    .argument('<id>', memoryId)
    .option('-n, --dry-run', 'only show it')
    .option('-y, --yes', 'do not ask')
    .action(body('deleteMemory'));
  memory
    .command('forget')
    .description('delete for good what a conversation, project, time or text names; several narrow each other')
    .option('--conversation <id>', conversationId)
    .option('--project <name>', 'all conversations and memories of a project')
    .option('--before <when>', 'what was made before then: 30d, 2027-01-31')
    .option('--text <text>', 'messages and memories that hold this text')
    .option('--everything', 'all conversations and memories')
    .option('-n, --dry-run', 'only show what would go')
    .option('-y, --yes', 'do not ask')
    .action(body('forget'));
  memory
    .command('search')
    .description('memories that a model would be given for these words')
    .argument('<words...>', 'nothing in them is syntax')
    .option('--project <name>', 'only of this project, and for all')
    .option('--limit <count>', 'at most so many (default: 50)')
    .action(body('searchMemories'));
  memory
    .command('explain')
    .description('where a memory comes from, what replaced it, how often it was added again')
    .argument('<id>', memoryId)
    .action(body('explainMemories'));
}

/** Adds `tale conversations`. */
export function defineConversations(program: Command, body: Body): void {
  const conversations = program.command('conversations').description('what was said');
  conversations
    .command('list')
    .description('conversations, the one that changed last first')
    .option('--project <name>', 'only of this project')
    .option('--folder <path>', 'only of this folder')
    .option('--text <words>', 'only those whose title or messages hold these words')
    .option('--archived', 'only archived ones')
    .option('--no-archived', 'no archived ones')
    .option('--limit <count>', 'at most so many (default: 50)')
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(body('listConversations'));
  conversations
    .command('show')
    .description('one conversation with its last messages')
    .argument('<id>', conversationId)
    .option('--before <number>', 'messages before this one')
    .option('--after <number>', 'messages behind this one')
    .option('--limit <count>', 'at most so many messages (default: 50)')
    .action(body('showConversation'));
  conversations
    .command('search')
    .description('messages with these words')
    .argument('<words...>', 'text in quotation marks stays together; nothing else is syntax')
    .option('--conversation <id>', conversationId)
    .option('--project <name>', 'only of this project')
    .option('--role <role>', 'only what user, assistant or tool said')
    .option('--since <when>', 'only since then: 2h, today, 2027-01-31')
    .option('--until <when>', 'only up to then')
    .option('--newest', 'newest first, page by page')
    .option('--limit <count>', 'at most so many (default: 20)')
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(body('searchConversations'));
  conversations
    .command('export')
    .description('conversations as JSON that import takes back, or as Markdown')
    .argument('[id...]', conversationId)
    .option('--all', 'all conversations, and all memories where it is JSON')
    .option('--project <name>', 'all conversations of a project')
    .option('--format <format>', 'json or markdown (default: json)')
    .option('--redact', 'leave the texts out')
    .option('-o, --output <path>', 'write a file that only you can read (default: stdout)')
    .option('-f, --force', 'replace the file')
    .action(body('exportConversations'));
  conversations
    .command('import')
    .description('take an export in; what is there already stays as it is')
    .argument('<file>', 'an export as JSON; `-` reads it from stdin')
    .option('-n, --dry-run', 'only check, and show what would come')
    .action(body('importConversations'));
  conversations
    .command('delete')
    .description('delete a conversation for good')
    .argument('<id>', conversationId)
    .option('--forks <what>', 'keep: its forks keep what they share with it (default); delete: they go too')
    .option('-n, --dry-run', 'only show what would go')
    .option('-y, --yes', 'do not ask')
    .action(body('deleteConversation'));
}
