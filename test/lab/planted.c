/* A library that says by a file that it was loaded: Z:\lab\loaded.txt gets the path of the process. */

#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved) {
    if (reason == DLL_PROCESS_ATTACH) {
        HANDLE file = CreateFileA("Z:\\lab\\loaded.txt", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        char name[MAX_PATH];
        DWORD written, length = GetModuleFileNameA(NULL, name, sizeof name);
        WriteFile(file, name, length, &written, NULL);
        CloseHandle(file);
    }
    (void)self, (void)reserved;
    return TRUE;
}
