/// A model as the list of operations that a block goes through.
struct Program: Sendable {
  var operations: [Operation] = []
  var parameters: [ParameterInfo] = []
  var rows: [SummaryRow] = []
  /// Numbers in all weight tensors.
  var parameterCount = 0
  /// Floats of all weights as the kernels read them.
  var packedCount = 0
  /// Width of the output.
  var outputWidth = 0
  /// Whether the output has one row a sequence rather than timesteps.
  var isPerSequence = false
  /// The value that the model masks itself, where it begins with ``Masking``.
  var maskValue: Float?
  /// Whether the last recurrent layer shows zeros at masked steps (``Bidirectional``) rather than its output before.
  var showsZerosWhereMasked = false
  /// The first of the operations that treat each timestep alone, after the last layer that looks along time.
  var tailStart = 0
  /// Width of the input of those operations.
  var tailWidth = 0
  /// Whether any layer reads sequences from their end.
  var readsBackwards = false
  /// The states that are carried, in the order in which they are given and returned.
  var states: [StateShape] = []

  /// A line of the model's summary.
  struct SummaryRow: Sendable, Equatable {
    var name: String
    var type: String
    var shape: String
    var parameters: Int
  }
}
