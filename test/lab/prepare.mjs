// What the lab takes long to get, beforehand: its chroot, and the Windows build of PowerShell. Each is made once.

import { buildPowerShell } from '../powershell/build.mjs';
import { ensureChroot } from './chroot.mjs';

await ensureChroot(() => {});
buildPowerShell({ rid: 'win-x64', log: () => {} });
// The chroot's session may keep a handle open.
process.exit();
