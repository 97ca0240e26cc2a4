# The shape of a reply line, the same expression as src/clixml/shape.ts (a test compares them): one document of
# scalars, and of objects of named scalars one level deep. No type names, references or nested objects. The
# expression is made of it at the first line, or while the executable starts.

$script:ReplyShapeText = -join @(
    '^<Objs Version="1\.1\.0\.1" xmlns="http://schemas\.microsoft\.com/powershell/2004/04">(?:<(?:S>['
    ' !#-%\x27-;=?-^`-~]*(?:(?:_x[0-9A-F]{4}_|_(?![xX])|&(?:amp|lt|gt|quot);)[ !#-%\x27-;=?-^`-~]*)*<'
    '/S>|U32>[0-9]{1,10}</U32>|I32>-?[0-9]{1,10}</I32>|U64>[0-9]{1,20}</U64>|I64>-?[0-9]{1,19}</I64>|'
    'Db>(?:-?(?:[0-9]{1,21}(?:\.[0-9]{1,25})?(?:e[+-][0-9]{1,3})?|INF)|NaN)</Db>|B>(?:true|false)</B>'
    '|DT>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}Z</DT>|Nil/>|Obj><MS>(?:<(?:S'
    ' N="[A-Za-z][A-Za-z0-9]{0,63}">[ !#-%\x27-;=?-^`-~]*(?:(?:_x[0-9A-F]{4}_|_(?![xX])|&(?:amp|lt|gt'
    '|quot);)[ !#-%\x27-;=?-^`-~]*)*</S>|U32 N="[A-Za-z][A-Za-z0-9]{0,63}">[0-9]{1,10}</U32>|I32 N="['
    'A-Za-z][A-Za-z0-9]{0,63}">-?[0-9]{1,10}</I32>|U64 N="[A-Za-z][A-Za-z0-9]{0,63}">[0-9]{1,20}</U64'
    '>|I64 N="[A-Za-z][A-Za-z0-9]{0,63}">-?[0-9]{1,19}</I64>|Db N="[A-Za-z][A-Za-z0-9]{0,63}">(?:-?(?'
    ':[0-9]{1,21}(?:\.[0-9]{1,25})?(?:e[+-][0-9]{1,3})?|INF)|NaN)</Db>|B N="[A-Za-z][A-Za-z0-9]{0,63}'
    '">(?:true|false)</B>|DT N="[A-Za-z][A-Za-z0-9]{0,63}">[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{'
    '2}:[0-9]{2}\.[0-9]{7}Z</DT>|Nil N="[A-Za-z][A-Za-z0-9]{0,63}"/>))*</MS></Obj>))*</Objs>(?![\s\S]'
    ')'
)

# How every such line begins.
$script:ReplyHead = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
$script:ReplySample = $script:ReplyHead + '<U32>0</U32><S>hello</S><Obj><MS><S N="Name"></S></MS></Obj></Objs>'

# How many columns a row of a list has (src/worker/brief-list.ts): another one is none of this build's.
$script:ListWidth = 7
