# A task as XML, for Register-ScheduledTask -Xml and schtasks /Create /XML.

$script:TaskNamespace = 'http://schemas.microsoft.com/windows/2004/02/mit/task'
# The description names at most so many disks.
$script:DescribedDisks = 20

function script:Get-TaskDiskText {
    # The disks of a task in words. -Most: how many are named.
    param([hashtable]$Task, [int]$Most = $script:DescribedDisks)

    if ($Task.From) { return $script:TaskMessages.ListOf -f (Format-SafeText $Task.From) }
    $names = @(foreach ($disk in $Task.Disks) { $disk.Name })
    if ($names.Count -gt $Most) {
        $left = $script:TaskMessages.More -f ($names.Count - $Most)
        $names = @($names[0..($Most - 1)]) + $left
    }
    return $names -join '; '
}

function script:New-TaskXml {
    # The document. It has no encoding declaration, so that it can be written to a file in UTF-8 or UTF-16, or passed as a string.
    param([hashtable]$Task)

    $principal = @{ Name = 'Principal'; Id = 'System'; Nodes = @(
            # SYSTEM has no LogonType of its own in this schema: it logs on as a service, and never interactively.
            @{ Name = 'UserId'; Text = 'S-1-5-18' }
            @{ Name = 'RunLevel'; Text = 'HighestAvailable' }
        )
    }
    $settings = @(
        @{ Name = 'AllowStartOnDemand'; Text = 'true' }
        # The next run does not start while one hangs.
        @{ Name = 'MultipleInstancesPolicy'; Text = 'IgnoreNew' }
        # A server on its UPS counts as on batteries.
        @{ Name = 'DisallowStartIfOnBatteries'; Text = 'false' }
        @{ Name = 'StopIfGoingOnBatteries'; Text = 'false' }
        @{ Name = 'AllowHardTerminate'; Text = 'true' }
        # A missed run must not start later, in the middle of the day.
        @{ Name = 'StartWhenAvailable'; Text = 'false' }
        @{ Name = 'RunOnlyIfNetworkAvailable'; Text = 'false' }
        @{ Name = 'Enabled'; Text = 'true' }
        @{ Name = 'RunOnlyIfIdle'; Text = 'false' }
        @{ Name = 'ExecutionTimeLimit'; Text = [System.Xml.XmlConvert]::ToString((Get-TaskLimit $Task)) }
    )
    $root = @{ Name = 'Task'; Nodes = @(
            @{ Name = 'RegistrationInfo'; Nodes = @(
                    @{ Name = 'Source'; Text = $script:TaskMark }
                    @{ Name = 'Author'; Text = 'Register-StorageReleaseTask' }
                    @{ Name = 'Version'; Text = [string]$ExecutionContext.SessionState.Module.Version }
                    @{ Name = 'Description'; Text = $Task.Description }
                )
            }
            @{ Name = 'Triggers'; Nodes = $Task.Starts.Nodes }
            @{ Name = 'Settings'; Nodes = $settings }
            @{ Name = 'Principals'; Nodes = @(, $principal) }
            @{ Name = 'Actions'; Context = 'System'; Nodes = @(, @{ Name = 'Exec'; Nodes = @(
                            @{ Name = 'Command'; Text = $Task.Executable }
                            @{ Name = 'Arguments'; Text = $Task.Arguments }
                        )
                    })
            }
        )
    }

    $text = [System.Text.StringBuilder]::new()
    $form = [System.Xml.XmlWriterSettings]::new()
    $form.OmitXmlDeclaration = $true
    $form.Indent = $true
    $form.NewLineChars = "`r`n"
    $writer = [System.Xml.XmlWriter]::Create($text, $form)
    Write-TaskNode $writer $root
    $writer.Flush()
    $xml = '<?xml version="1.0"?>' + "`r`n" + $text.ToString()
    # Read back and compared: the task runs what was shown, or is not registered.
    $document = [System.Xml.XmlDocument]::new()
    $document.XmlResolver = $null
    $document.LoadXml($xml)
    foreach ($one in @('Command', $Task.Executable), @('Arguments', $Task.Arguments)) {
        $read = $document.GetElementsByTagName($one[0], $script:TaskNamespace).Item(0).InnerText
        if ($read -cne $one[1]) { throw [System.InvalidOperationException]::new($one[0]) }
    }
    return $xml
}

function script:Write-TaskNode {
    # Writes an element with its content.
    param([System.Xml.XmlWriter]$Writer, [hashtable]$Node)

    $Writer.WriteStartElement($Node.Name, $script:TaskNamespace)
    # 1.3 is the version of the schema, and of Windows 7 and Server 2008 R2.
    if ($Node.Name -ceq 'Task') { $Writer.WriteAttributeString('version', '1.3') }
    if ($Node['Id']) { $Writer.WriteAttributeString('id', $Node.Id) }
    if ($Node['Context']) { $Writer.WriteAttributeString('Context', $Node.Context) }
    if ($null -ne $Node['Nodes']) { foreach ($one in $Node.Nodes) { Write-TaskNode $Writer $one } }
    elseif ($Node.Text -cne '') { $Writer.WriteString($Node.Text) }
    $Writer.WriteEndElement()
}
