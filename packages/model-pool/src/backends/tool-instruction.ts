import type { ToolChoice } from '../types.js';

/** What a model is told that must call a tool and can only be asked to; `null` = it need not. */
export function toolInstruction(toolChoice: ToolChoice): string | null {
  if (toolChoice === 'auto' || toolChoice === 'none') return null;
  if (toolChoice === 'required') return 'Answer by calling at least one of the tools.';
  return `Answer by calling the tool ${toolChoice.name}.`;
}
