function script:Get-LocalComputerName {
    # Names under which this computer may stand in an object; read once, without asking the network.
    if ($null -eq $script:LocalNames) {
        $properties = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
        $names = @('.', 'localhost', '127.0.0.1', '::1', [System.Environment]::MachineName, $properties.HostName)
        if ($properties.DomainName) { $names += $properties.HostName + '.' + $properties.DomainName }
        $script:LocalNames = $names
    }
    return $script:LocalNames
}
