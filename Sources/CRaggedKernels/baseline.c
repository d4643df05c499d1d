// The instructions that every processor of the architecture has.
#define TABLE rk_baseline
#define TABLE_NAME "baseline"
#include "body.h"
