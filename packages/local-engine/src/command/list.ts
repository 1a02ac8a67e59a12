import { builtInCatalog, createCatalog, readUserCatalog } from '../catalog/catalog.js';
import { memorySize } from '../memory/available.js';
import { createManifests } from '../store/manifests.js';
import { placesOf } from '../store/places.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { modelDocument } from './model-document.js';
import type { Printer } from './printer.js';

/** Shows what is installed, or what can be pulled. Only reads: an engine may be at work. */
export async function listModels(isCatalog: boolean, { dataDir, printer, isJson }: CommandContext): Promise<ExitCode> {
  const places = placesOf(dataDir);
  if (isCatalog) {
    const { entries } = createCatalog([...builtInCatalog(), ...(await readUserCatalog(places.catalog))]);
    if (isJson) printer.document({ schema: 'tale.engine-catalog/1', models: entries });
    else
      printTable(
        printer,
        ['NAME', 'SIZE', 'LICENCE', 'CAN', 'SOURCES'],
        entries.map(({ name, bytes, license, capabilities, sources }) => [
          ...[name, memorySize(bytes), license, capabilities.join(' '), sources.map(({ kind }) => kind).join(' ')],
        ]),
      );
    return exitCodes.done;
  }
  const installed = await createManifests(places).list();
  if (isJson) printer.document({ schema: 'tale.engine-list/1', models: installed.map(modelDocument) });
  else if (installed.length === 0) printer.note('no model is installed; see: local-engine list --catalog');
  else
    printTable(
      printer,
      ['NAME', 'SIZE', 'PARAMETERS', 'QUANTISATION', 'CAN', 'SOURCE'],
      installed.map(({ name, bytes, capabilities, source, gguf }) => [
        ...[name, memorySize(bytes), gguf.parameters, gguf.quantization, capabilities.join(' '), source],
      ]),
    );
  return exitCodes.done;
}

function printTable(printer: Printer, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) {
    printer.out(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
