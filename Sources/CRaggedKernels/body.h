// The table of one instruction set: TABLE, called TABLE_NAME.
#include "body_product.h"
#include "body_recurrent.h"
#include "body_rows.h"

const rk_kernels TABLE = {
  TABLE_NAME, gate_width, pack_gates, pack_back, pack_matrix, lstm_forward, lstm_backward, affine, outer,
  activate, activate_backward, loss, JOIN(dropout, NARROW), JOIN(gather, NARROW), orthonormalize, peak,
};
