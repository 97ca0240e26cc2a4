import { type ClixmlObject, clixmlElement, clixmlHead, clixmlTail } from '../../clixml/clixml.ts';
import type { Output, Sheet } from './output.ts';

/**
 * PowerShell reads what follows this line as objects, from any program, also over ssh: Windows PowerShell as one XML
 * document up to the end, PowerShell 7 line by line. One document on one line is right for both; a document for each
 * line would give the first object only in Windows PowerShell. See docs/decisions/0016-one-clixml-document.md.
 */
const signature = '#< CLIXML';

export class ClixmlOutput implements Output {
  readonly #sheet: Sheet;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
    sheet.stdout.write(`${signature}\n${clixmlHead}`);
  }

  item(item: ClixmlObject): void {
    this.#sheet.stdout.write(clixmlElement(item));
  }

  /** Nothing: PowerShell gets one object for each disk, which has its registrants as text. */
  registrant(): void {}

  end(): void {
    this.#sheet.stdout.line(clixmlTail);
  }
}
