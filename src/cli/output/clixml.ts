import { type ClixmlObject, clixmlLine } from '../../clixml/clixml.ts';
import type { Output, Sheet } from './output.ts';

/** PowerShell reads what follows this line as objects, one document a line, from any program, also over ssh. */
const signature = '#< CLIXML';

export class ClixmlOutput implements Output {
  readonly #sheet: Sheet;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
    sheet.stdout.line(signature);
  }

  item(item: ClixmlObject): void {
    this.#sheet.stdout.line(clixmlLine([item]));
  }

  /** Nothing: PowerShell gets one object for each disk, which has its registrants as text. */
  registrant(): void {}

  end(): void {}
}
