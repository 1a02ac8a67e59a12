/** Examples of each command; they stand above everything else in its help. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  tale: [
    'tale submit "Summarise the four seasons in one sentence each."',
    'git diff | tale submit - > review.txt',
    'tale list --status running',
    'tale servers stop',
  ],
  'tale submit': [
    'tale submit "hello world"                 # the answer on stdout',
    'cat notes.txt | tale submit - > out.txt   # the text from stdin',
    'tale submit --detach -F task.md           # prints the id and returns',
    'tale submit --timing --max-time 2m "…"',
  ],
  'tale status': ['tale status', 'tale status 7Q2F9K', 'tale status 7Q2F9K --json'],
  'tale list': ['tale list --status failed,dead --since 24h', 'tale list --search "report csv" --limit 5 --json'],
  'tale cancel': ['tale cancel 7Q2F9K', 'tale cancel 7Q2F9K 3RZ0AB --reason "wrong file"'],
  'tale servers': ['tale servers start', 'tale servers status', 'tale servers restart execution', 'tale servers stop'],
  'tale servers start': [
    'tale servers start --execution 4',
    'tale servers start --port 8090',
    'tale servers start --foreground',
  ],
  'tale servers stop': ['tale servers stop'],
  'tale servers status': ['tale servers status --json'],
  'tale servers restart': ['tale servers restart models'],
  'tale tokens': [
    'tale tokens daily --since 7d',
    'tale tokens --by day,model --json',
    'tale tokens --task 7Q2F9K --by model',
  ],
  'tale models': ['tale models ps', 'tale models residency', 'tale models pull qwen2.5:0.5b'],
  'tale models ps': ['tale models ps --json'],
  'tale models list': ['tale models list'],
  'tale models show': ['tale models show qwen2.5:7b'],
  'tale models residency': ['tale models residency --json'],
  'tale models pull': ['tale models pull qwen2.5:0.5b'],
  'tale models load': ['tale models load qwen3:14b'],
  'tale models unload': ['tale models unload qwen3:14b'],
  'tale models pin': ['tale models pin qwen3:14b'],
  'tale models test': ['tale models test', 'tale models test ux --json'],
  'tale models explain': ['tale models explain 7Q2F9K'],
  'tale models endpoint': ['export $(tale models endpoint --key --quiet)'],
  'tale config': ['tale config secret list'],
  'tale config secret': ['tale config secret set anthropic < key.txt', 'tale config secret delete anthropic'],
  'tale config secret set': [
    'tale config secret set anthropic            # asks, and does not show it',
    'pass show claude | tale config secret set anthropic',
  ],
  'tale config secret list': ['tale config secret list --json'],
  'tale config secret delete': ['tale config secret delete anthropic'],
  'tale logs': ['tale logs -n 100 --server gateway', 'tale logs --level warn --since 1h'],
};

/** Last lines of every help. */
export const footer = `Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 not found, 5 not available, 6 budget, 7 time limit,
8 approval, 70 bug, 130 interrupted, 143 terminated.
Documentation and issues: https://github.com/tale-ai/tale`;
