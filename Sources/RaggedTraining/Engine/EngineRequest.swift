/// What a pass of a batch through the model is asked for.
struct EngineRequest {
  /// What outputs are judged by; nil for outputs alone, which need no targets.
  var loss: Loss?
  var reduction = Reduction.meanPerTimestep
  var dropoutSeed: UInt64?
  /// A state for each direction of each LSTM, in order; empty means zeros.
  var states: [RecurrentState] = []
  /// The timestep of its sequence with which every row begins.
  var firstStep = 0
  /// Whether the last output of a row without timesteps is that of the batch before, which its state holds.
  var goesOn = false
  /// Whether the loss of each timestep, or row, is wanted.
  var wantsLosses = false
  /// Whether the model's outputs are wanted.
  var wantsOutputs = false
}

/// What a pass gives, besides the gradients of the weights.
struct EngineAnswer {
  var sum = LossSum()
  /// The states after each sequence; empty where none were given.
  var states: [RecurrentState] = []
  /// As the states of the request; empty where no gradients are wanted.
  var stateGradients: [RecurrentState] = []
  /// The loss of each timestep `[N]`, or of each row `[B]` for one output a sequence, without weights.
  var losses: [Float] = []
  /// `[N, K]`, or `[B, K]` for one output a sequence.
  var outputs: [Float] = []
}
