// The one row for advapi32.dll.

import type { KoffiFunc, LibraryHandle } from 'koffi';

/** The predefined key, sign-extended as in the SDK. */
export const HKEY_LOCAL_MACHINE = -0x7ffffffe;
export const RRF_RT_REG_SZ = 2;

export interface Advapi32 {
  readonly RegGetValueW: KoffiFunc<(key: number, subKey: string, value: string, flags: number, type: null,
    data: Uint16Array, bytes: [number]) => number>;
}

export function bindAdvapi32(dll: LibraryHandle): Advapi32 {
  return {
    // https://learn.microsoft.com/windows/win32/api/winreg/nf-winreg-reggetvaluew
    RegGetValueW: dll.func(
      'int32_t __stdcall RegGetValueW(intptr_t, str16, str16, uint32_t, void *, _Out_ uint16_t *, ' +
      '_Inout_ uint32_t *)',
    ) as Advapi32['RegGetValueW'],
  };
}
