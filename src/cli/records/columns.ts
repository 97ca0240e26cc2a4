// Names of columns by what they say, without case and without what is neither letter nor digit: the same table as
// ps/private/disk/Resolve-RecordClaim.ps1 (a test compares the two). And what a list may hold that is no disk.

export const recordColumns = {
  // Compared with each other and with the path; never sent.
  Number: ['number', 'disknumber', 'diskno', 'disknum', 'disknr'],
  Path: ['devicepath', 'path'],
  // Names of anything. A path, a drive letter or a number among them is seen; nothing else says anything of a
  // disk.
  Name: ['name', 'caption', 'id', 'device', 'deviceid', 'disk', 'drive', 'root', 'index', 'diskindex', 'volume', 'volumeid',
    'volumepath'],
  UniqueId: ['uniqueid', 'uniqueidentifier', 'uniquediskid', 'diskuniqueid', 'deviceuniqueid', 'lunuid', 'vdiskuid', 'naa',
    'naaid'],
  // The same in words of other systems: read where no column of those above says anything, and only a text.
  OtherId: ['wwn', 'wwid', 'lunwwn', 'lunwwid', 'volumewwn', 'devicewwn', 'diskwwn', 'worldwidename', 'idwwn', 'scsiid',
    'canonicalname', 'scsicanonicalname', 'naaidentifier', 'page83id', 'vpd83', 'eui', 'eui64', 'nguid', 'logicalunitid',
    'voluid', 'volumeuid'],
  Serial: ['serial', 'serialnumber', 'serialno', 'serialnum', 'serialnr', 'sn', 'diskserial', 'diskserialnumber',
    'diskserialno', 'deviceserial', 'deviceserialnumber', 'driveserial', 'driveserialnumber', 'lunserial',
    'lunserialnumber'],
  FriendlyName: ['friendlyname', 'model'],
  Boot: ['boot', 'isboot', 'bootdisk', 'isbootdisk', 'bootable'],
  System: ['system', 'issystem', 'systemdisk', 'issystemdisk'],
  Clustered: ['clustered', 'isclustered', 'clusterdisk', 'isclusterdisk'],
  Multipath: ['multipath', 'ismultipath', 'mpio', 'ismpio'],
  Computer: ['pscomputername', 'computername', 'computer', 'server', 'servername', 'host', 'hostname', 'node', 'nodename',
    'systemname', 'machinename', 'machine', 'csname', 'dnshostname', 'fqdn', 'ownernode', 'vm', 'vmname',
    'inventoryhostname', 'ansiblehostname', 'vmhost', 'hostidentifier', 'clientname', 'netbiosname', 'agentname',
    'serverfqdn', 'pshost', 'psserver', 'passthroughserver', 'rechner', 'rechnername', 'serveur'],
  // Begins with a computer's name: {1}\\SRV1\root/Microsoft/...
  ObjectId: ['objectid'],
  // What lsblk calls a partition.
  Kind: ['type'],
  Bus: ['bus'],
  // These name a CIM class, and the first a computer besides.
  Cim: ['cimsystemproperties'],
  Class: ['cimclass', 'creationclassname'],
  Holder: ['holdersession'],
  // Columns that no disk has, whatever they say.
  Partition: ['partition', 'partitionnumber', 'partitionid', 'partitionguid', 'offset', 'startingoffset', 'gpttype',
    'mbrtype', 'accesspath', 'accesspaths', 'diskpath', 'primarypartition', 'bootpartition', 'nodefaultdriveletter',
    'isshadowcopy'],
  Volume: ['driveletter', 'driveletters', 'volumename', 'volumelabel', 'volumeguid', 'volumeserialnumber', 'filesystem',
    'filesystemtype', 'filesystemlabel', 'drivetype', 'driveformat', 'sizeremaining', 'mountpoint', 'mountpoints',
    'displayroot', 'currentlocation'],
  VirtualDisk: ['resiliencysettingname', 'numberofcolumns', 'footprintonpool', 'physicaldiskredundancy'],
  IscsiSession: ['sessionidentifier', 'connectionidentifier'],
  ClusterResource: ['ownergroup', 'resourcetype'],
  Registrant: ['alltargetports'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Column = keyof typeof recordColumns;
export type Thing = 'Partition' | 'Volume' | 'VirtualDisk' | 'IscsiSession' | 'ClusterResource' | 'Registrant';

/** What such a thing is told as: the sentence, and the next step. */
export const things: Readonly<Record<Thing, { readonly message: string; readonly nextStep: string }>> = {
  Partition: { message: 'A partition is not a disk; a reservation belongs to the whole disk.',
    nextStep: 'List its disk instead.' },
  Volume: { message: 'A volume is not a disk, and may span several disks.', nextStep: 'List its disks instead.' },
  VirtualDisk: { message: 'A virtual disk of Storage Spaces is not itself a disk; Windows shows its disk as another object.',
    nextStep: 'List that disk, as storage-release list shows it.' },
  IscsiSession: { message: 'An iSCSI session or connection is not a disk.', nextStep: 'List its disks instead.' },
  ClusterResource: { message: 'A cluster resource is not a disk, and the cluster owns the reservation of its disks.',
    nextStep: 'Use Suspend-ClusterResource, or Clear-ClusterDiskReservation for a disk that stays reserved.' },
  Registrant: { message: 'A registrant is an initiator, not a disk.',
    nextStep: 'List the disk, or its reservation: storage-release status without --detailed.' },
};

/** Classes of things that are no disks, in lower case, as ps/private/disk/DiskClass.ps1 has them. */
export const notDisks: Readonly<Record<string, Thing>> = {
  'msft_partition': 'Partition', 'win32_diskpartition': 'Partition', 'msft_volume': 'Volume', 'win32_volume': 'Volume',
  'win32_logicaldisk': 'Volume', 'win32_mappedlogicaldisk': 'Volume',
  'system.management.automation.psdriveinfo': 'Volume', 'system.io.driveinfo': 'Volume',
  'msft_virtualdisk': 'VirtualDisk', 'msft_iscsisession': 'IscsiSession', 'msft_iscsiconnection': 'IscsiSession',
  'microsoft.failoverclusters.powershell.clusterresource': 'ClusterResource', 'storagerelease.registrant': 'Registrant',
};

const byName = new Map<string, Column>(
  (Object.keys(recordColumns) as Column[]).flatMap((column) => recordColumns[column].map((name) => [name, column] as const)));

const longestColumn = 64;

/** What a column says; null for one that says nothing of a disk. */
export function columnOf(name: string): Column | null {
  if (name.length > longestColumn) return null;
  return byName.get(name.replace(/[^\p{L}\p{Nd}]+/gu, '').toLowerCase()) ?? null;
}

export const isThing = (column: Column): column is Thing => Object.hasOwn(things, column);
