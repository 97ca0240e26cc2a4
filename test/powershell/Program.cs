// What pwsh's own Main does. `-Login` is left out: no test logs in.

return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
