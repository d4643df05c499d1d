#include <libxml/xmlversion.h>
// Foundation has an ICU of its own, and nothing here needs the one that encodings are converted by.
#undef LIBXML_ICU_ENABLED
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
