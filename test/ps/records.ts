// Lists that are fed to the module (Import-Csv or ConvertFrom-Json | Invoke-StorageRelease) and to --from alike: one name,
// one text, and what has to come of it on the bus of records.test.ts.

export interface List {
  readonly name: string;
  readonly kind: 'csv' | 'json';
  readonly text: string;
  /** Outcomes in the order of the records, with the number of the disk that was released. */
  readonly expected: readonly string[];
}

/** Ids of the bus. */
export const id = (number: number) => `600A0B80001122330000${String(number).padStart(12, '0')}`;
export const serial = (number: number) => `FAKE000${number}`;

const csv = (name: string, lines: readonly string[], ...expected: readonly string[]): List =>
  ({ name, kind: 'csv', text: `${lines.join('\n')}\n`, expected });
const json = (name: string, value: unknown, ...expected: readonly string[]): List =>
  ({ name, kind: 'json', text: typeof value === 'string' ? value : JSON.stringify(value), expected });

const released = (number: number) => `Accepted ${number}`;
const headers = (...names: readonly string[]) => names.map((name) => csv(`the header ${name}`, [`Number,${name}`, `3,${id(1)}`],
  released(1)));
const serialHeaders = (...names: readonly string[]) => names.map((name) => csv(`the header ${name}`, [`${name},x`, `${serial(2)},`],
  released(2)));
const things = (...names: readonly string[]) => names.map((name) => csv(`the column ${name}`, [`UniqueId,${name}`, `${id(1)},x`],
  'Refused'));
const trivial = (...texts: readonly string[]) => texts.map((text) => csv(`the serial number ${text}`, ['Number,SerialNumber',
  `1,"${text}"`], 'Refused'));

export const lists: readonly List[] = [
  csv('a UniqueId decides, its number does not', ['Number,UniqueId', `7,${id(1)}`, `1,${id(2)}`], released(1), released(2)),
  csv('a serial number, blanks and case', ['SerialNumber', ` ${serial(1).toLowerCase()} `], released(1)),
  csv('a quoted header, all quoted', ['"Number","Friendly Name","Serial Number","Unique Id"',
    `"3","FAKE Virtual Disk","${serial(2)}","${id(2)}"`], released(2)),
  csv('a name with a comma and quotes', ['UniqueId,FriendlyName', `${id(1)},"a, ""b"""`], released(1)),
  ...headers('UniqueIdentifier', 'unique id', 'UNIQUE_ID', 'LUN UID', 'vdisk-UID', 'NAA'),
  ...headers('WWN', 'Canonical Name', 'logical_unit_id', 'EUI-64'),
  csv('another system\'s name of an id beside another disk\'s serial number', ['SerialNumber,wwn', `${serial(1)},${id(2)}`], 'IdentityChanged'),
  csv('one that says nothing, or is a placeholder', ['SerialNumber,nguid,eui64', `${serial(1)},,`, `${serial(2)},0,${id(2)}`], released(1), released(2)),
  csv('a UniqueId counts before it', ['UniqueId,wwn', `${id(1)},${id(2)}`], released(1)),
  json('one that is an object', [{ serial_number: serial(1), wwn: { naa: 5, oui: 3152, id: 1 } }], released(1)),
  ...serialHeaders('Serial', 'serial-no', 'S/N', 'Drive Serial Number', 'LunSerial'),
  csv('no identity', ['Number,FriendlyName', '1,OLD NAME'], 'Refused'),
  csv('no identity, a path', ['DevicePath', '\\\\.\\PhysicalDrive1'], 'Refused'),
  csv('no identity, a name that is a number', ['Name', '1'], 'Refused'),
  csv('no identity at all', ['FriendlyName', 'x'], 'Refused'),
  ...trivial('0', 'N/A', '0000', 'none', 'To be filled by O.E.M.', '123456789', '(null)', '----'),
  csv('a made-up id', ['Number,UniqueId', '1,{256a2559-ce63-5434-1bee-3ff629daa3a8}',
    '1,SCSI\\DISK&VEN_VMWARE&PROD_X\\5&1F2A051D&0&000300:HOST'], 'Refused', 'Refused'),
  csv('a made-up id beside a serial number', ['UniqueId,SerialNumber', `{256a2559-ce63-5434-1bee-3ff629daa3a8},${serial(1)}`],
    released(1)),
  csv('an id that a spreadsheet rounded', ['UniqueId', '6.00508E+31'], 'Refused'),
  csv('ids that contradict each other', ['UniqueId,NAA', `${id(1)},${id(2)}`], 'Refused'),
  csv('an id and a serial number of two disks', ['UniqueId,SerialNumber', `${id(1)},${serial(2)}`], 'IdentityChanged'),
  csv('a disk that is not there', ['UniqueId', '60050768028306A7F0000000000000FF'], 'NotFound'),
  csv('another computer', ['UniqueId,Computer', `${id(1)},elsewhere`], 'Refused'),
  csv('another computer, by the column of another product', ['UniqueId,VMHost', `${id(1)},esx01`], 'Refused'),
  csv('a guest\'s disk under its host\'s number', ['VMName,DiskNumber', 'sql1,1'], 'Refused'),
  csv('an ObjectId of another computer beside a serial number, and beside a UniqueId', ['UniqueId,SerialNumber,ObjectId',
    `,${serial(1)},{1}\\\\OTHER77\\root/Microsoft/Windows/Storage/Providers_v2\\WSP_Disk.ObjectId=x`,
    `${id(1)},,{1}\\\\OTHER77\\root/Microsoft/Windows/Storage/Providers_v2\\WSP_Disk.ObjectId=x`,
    `,${serial(2)},{1}\\\\bench-1\\root/x`, `,${serial(2)},another form`], 'Refused', released(1), released(2), released(2)),
  json('a disk and a partition of lsblk', [{ type: 'disk', serial: serial(1) }, { type: 'part', serial: serial(1) }], released(1), 'Refused'),
  csv('this computer', ['UniqueId,Computer,Host', `${id(1)},BENCH-1,localhost`], released(1)),
  csv('a real computer\'s bus', ['UniqueId,Bus', `${id(1)},Windows`], 'Refused'),
  csv('this bus', ['UniqueId,Bus', `${id(1)},Rehearsal`], released(1)),
  ...things('PartitionNumber', 'Drive Letter', 'FileSystem', 'AllTargetPorts', 'OwnerGroup', 'SessionIdentifier',
    'NumberOfColumns'),
  csv('a drive letter as its name', ['UniqueId,Name', `${id(1)},D:\\`], 'Refused'),
  csv('a path that is none of a disk', ['UniqueId,Path', `${id(1)},\\\\.\\COM1`], 'Refused'),
  csv('a path of another number', ['Number,UniqueId,Path', `1,${id(1)},\\\\.\\PhysicalDrive2`], 'Refused'),
  csv('a number that is none', ['Number,UniqueId', `x,${id(1)}`], 'Refused'),
  csv('a boot disk', ['UniqueId,IsBoot', `${id(1)},True`], 'Refused'),
  csv('a flag that is none', ['UniqueId,IsBoot', `${id(1)},maybe`], 'Refused'),
  csv('an MPIO disk', ['UniqueId,MPIO', `${id(1)},yes`], 'Refused'),
  csv('who holds a disk', ['UniqueId,HolderSession', `${id(1)},x`], 'Refused'),
  csv('a class of partitions', ['UniqueId,CimClass', `${id(1)},ROOT/Microsoft/Windows/Storage:MSFT_Partition`], 'Refused'),
  csv('a bad record among good ones', ['UniqueId', id(1), '', `"${id(2)}"`, '0'], released(1), released(2), 'Refused'),
  json('an array', [{ Number: 7, UniqueId: id(1) }, { SerialNumber: serial(2) }], released(1), released(2)),
  json('one object', { unique_id: id(1) }, released(1)),
  json('a number where text should be', [{ SerialNumber: 90210 }, { UniqueId: 1.5 }, { UniqueId: 1e300 }], 'NotFound', 'Refused', 'Refused'),
  json('an array or an object where text should be', [{ UniqueId: [id(1)] }, { UniqueId: { a: 1 } }], 'Refused', 'Refused'),
  json('an id with a line end', [{ UniqueId: `${id(1)}\n` }], 'Refused'),
  json('an id that is too long', [{ UniqueId: 'A'.repeat(1025) }], 'Refused'),
  json('nulls', [{ UniqueId: null, SerialNumber: serial(1), Computer: null }], released(1)),
  json('CIM properties of another computer', [{ UniqueId: id(1), CimSystemProperties: { ClassName: 'MSFT_Disk', ServerName: 'x' } }],
    'Refused'),
  json('CIM properties of a volume', [{ UniqueId: id(1), CimSystemProperties: { ClassName: 'MSFT_Volume' } }], 'Refused'),
  json('flags', [{ UniqueId: id(1), IsSystem: true }, { UniqueId: id(2), IsSystem: false }], 'Refused', released(2)),
];
