import RaggedCore

/// Builds the operations of a model and checks that its layers fit together.
struct ProgramBuilder {
  var program = Program()
  private var names: [String: Int] = [:]
  private let input: ModelInput
  /// The most units or features of a layer.
  private static let sizeLimit = 1 << 20
  /// The most weights of a model: 4 GiB, and twice that for Adam.
  private static let parameterLimit = 1 << 30

  /// Whether a layer before the one being added has weights that learn, or hands its gradient on to one that has.
  private var hasWeightsBefore: Bool { !program.parameters.isEmpty }

  init(input: ModelInput, layers: [LayerSpec]) throws {
    self.input = input
    switch input {
    case .features(let count):
      try check(count > 0, "the model's input has \(count.counted("feature")), expected at least 1")
      try checkSize(count, "features")
      program.operations.append(.input(InputOperation(featureCount: count)))
      program.outputWidth = count
      startTail()
    case .tokens(let size):
      try check(size > 0, "the model's input has \(size.counted("token")), expected at least 1")
      guard case .embedding = layers.first else {
        throw TrainingError(.invalidModel, "a model on tokens begins with an Embedding layer")
      }
    }
    try check(!layers.isEmpty, "the model has no layers")
    for (index, layer) in layers.enumerated() { try add(layer, isFirst: index == 0) }
    try check(!program.parameters.isEmpty, "the model has no weights to train")
    try check(
      program.parameterCount <= ProgramBuilder.parameterLimit,
      "the model has \(program.parameterCount) weights, expected at most \(ProgramBuilder.parameterLimit)")
    for index in program.operations.indices { program.packedCount += program.operations[index].packedCount }
  }

  private func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw TrainingError(.invalidModel, message()) }
  }

  private mutating func add(_ layer: LayerSpec, isFirst: Bool) throws {
    switch layer {
    case .lstm(let lstm): try addLSTM(lstm)
    case .bidirectional(let both): try addBidirectional(both)
    case .dense(let dense): try addDense(dense, type: "Dense", base: "dense")
    case .timeDistributed(let distributed):
      try check(
        !program.isPerSequence,
        "TimeDistributed needs timesteps, and the layer before gives one output a sequence (an LSTM that does not return sequences?)"
      )
      try addDense(distributed.layer, type: "TimeDistributed", base: "time_distributed")
    case .embedding(let embedding): try addEmbedding(embedding, isFirst: isFirst)
    case .masking(let masking): try addMasking(masking, isFirst: isFirst)
    case .dropout(let dropout): try addDropout(dropout)
    }
  }

  private mutating func addLSTM(_ lstm: LSTM) throws {
    let name = uniqueName("lstm")
    let before = program.parameterCount
    try addDirections(lstm, names: [name], backwards: [lstm.goBackwards])
    if lstm.returnSequences {
      if lstm.goBackwards { program.operations.append(.reverse(ReverseOperation())) }
    } else {
      addLast([LastOperation.Part(columns: 0..<lstm.units, isBackwards: lstm.goBackwards)])
    }
    program.showsZerosWhereMasked = false
    startTail()
    addRow(name, "LSTM", since: before)
  }

  private mutating func addBidirectional(_ both: Bidirectional) throws {
    let (name, units) = (uniqueName("bidirectional"), both.layer.units)
    let before = program.parameterCount
    try check(!both.layer.goBackwards, "a Bidirectional layer reads both ways: leave goBackwards out of its LSTM")
    try addDirections(
      both.layer, names: ["\(name)/forward_lstm", "\(name)/backward_lstm"], backwards: [false, true])
    if !both.layer.returnSequences {
      addLast([
        LastOperation.Part(columns: 0..<units, isBackwards: false),
        LastOperation.Part(columns: units..<2 * units, isBackwards: true),
      ])
    }
    if both.merge != .concat {
      program.operations.append(.merge(MergeOperation(index: program.operations.count, merge: both.merge)))
      program.outputWidth = units
    }
    program.showsZerosWhereMasked = true
    startTail()
    addRow(name, "Bidirectional", since: before)
  }

  private mutating func addDirections(_ lstm: LSTM, names: [String], backwards: [Bool]) throws {
    let (inputs, units) = (program.outputWidth, lstm.units)
    try check(units > 0, "an LSTM has \(units.counted("unit")), expected at least 1")
    try checkSize(units, "units")
    try check(!program.isPerSequence, "an LSTM needs timesteps, and the layer before gives one output a sequence")
    try checkRate(lstm.dropout)
    var operation = LSTMOperation(
      index: program.operations.count, inputs: inputs, units: units, directions: [],
      wantsInputGradient: hasWeightsBefore)
    let packedStart = packedStart
    for (number, (name, isBackwards)) in zip(names, backwards).enumerated() {
      let kernel = program.parameterCount
      let packed = packedStart + number * operation.packedPerDirection
      addParameter("\(name)/kernel", [inputs, 4 * units], .glorotUniform, .gates)
      addParameter("\(name)/recurrent_kernel", [units, 4 * units], .orthogonal, .gates)
      addParameter("\(name)/bias", [4 * units], .forgetBias, .gates)
      var dropout: DropoutOperation?
      if lstm.dropout > 0 {
        dropout = DropoutOperation(
          index: operation.index * 2 + number + 1_000_000, rate: lstm.dropout, isConstantInTime: true)
      }
      operation.directions.append(
        LSTMOperation.Direction(isBackwards: isBackwards, kernel: kernel, packed: packed, dropout: dropout))
      if isBackwards { program.readsBackwards = true }
      program.states.append(StateShape(key: operation.index * 2 + number, units: units, partCount: 2))
    }
    program.operations.append(.lstm(operation))
    program.outputWidth = units * names.count
  }

  private mutating func addLast(_ parts: [LastOperation.Part]) {
    program.operations.append(.last(LastOperation(index: program.operations.count, parts: parts)))
    program.isPerSequence = true
  }

  private mutating func addDense(_ dense: Dense, type: String, base: String) throws {
    try check(dense.units > 0, "a Dense layer has \(dense.units.counted("unit")), expected at least 1")
    try checkSize(dense.units, "units")
    let (name, before, inputs) = (uniqueName(base), program.parameterCount, program.outputWidth)
    let operation = DenseOperation(
      index: program.operations.count, inputs: inputs, units: dense.units, activation: dense.activation,
      kernel: before, packed: packedStart)
    addParameter("\(name)/kernel", [inputs, dense.units], .glorotUniform, .plain)
    addParameter("\(name)/bias", [dense.units], .zeros, .plain)
    program.operations.append(.dense(operation))
    program.outputWidth = dense.units
    addRow(name, type, since: before)
  }

  private mutating func addEmbedding(_ embedding: Embedding, isFirst: Bool) throws {
    guard isFirst, case .tokens(let size) = input else {
      throw TrainingError(.invalidModel, "an Embedding layer comes first, in a model on tokens")
    }
    try check(embedding.units > 0, "an Embedding layer has \(embedding.units.counted("unit")), expected at least 1")
    try checkSize(embedding.units, "units")
    try check(
      embedding.inputCount <= ProgramBuilder.parameterLimit,
      "the Embedding layer has \(embedding.inputCount.counted("vector")), expected at most \(ProgramBuilder.parameterLimit)"
    )
    try check(
      embedding.inputCount >= size,
      "the Embedding layer has \(embedding.inputCount.counted("vector")) for \(size.counted("token"))")
    let (name, before) = (uniqueName("embedding"), program.parameterCount)
    addParameter("\(name)/embeddings", [embedding.inputCount, embedding.units], .uniform, .plain)
    program.operations.append(.embedding(EmbeddingOperation(units: embedding.units, table: before)))
    program.outputWidth = embedding.units
    startTail()
    addRow(name, "Embedding", since: before)
  }

  private mutating func addMasking(_ masking: Masking, isFirst: Bool) throws {
    guard isFirst, case .features = input else {
      throw TrainingError(.invalidModel, "a Masking layer comes first, in a model on features")
    }
    try check(
      masking.maskValue.isFinite, "the Masking layer marks timesteps by \(masking.maskValue), expected a finite number")
    program.maskValue = masking.maskValue
    addRow(uniqueName("masking"), "Masking", since: 0)
  }

  private mutating func addDropout(_ dropout: Dropout) throws {
    try checkRate(dropout.rate)
    program.operations.append(
      .dropout(
        DropoutOperation(
          index: program.operations.count, rate: dropout.rate, isPerSequence: program.isPerSequence)))
    addRow(uniqueName("dropout"), "Dropout", since: program.parameterCount)
  }

  private mutating func startTail() {
    program.tailStart = program.operations.count
    program.tailWidth = program.outputWidth
  }

  /// Bounds what is multiplied later, far beyond anything that could be trained.
  private func checkSize(_ size: Int, _ what: String) throws {
    try check(
      size <= ProgramBuilder.sizeLimit, "a layer has \(size) \(what), expected at most \(ProgramBuilder.sizeLimit)")
  }

  private func checkRate(_ rate: Float) throws {
    try check(rate >= 0 && rate < 1, "a dropout rate is \(rate), expected 0 or more and less than 1")
  }

  private var packedStart: Int { program.operations.reduce(0) { $0 + $1.packedCount } }

  private mutating func addParameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer, _ layout: ParameterInfo.Layout
  ) {
    let info = ParameterInfo(
      name: name, shape: shape, offset: program.parameterCount, layout: layout, initializer: initializer)
    program.parameters.append(info)
    program.parameterCount += info.count
  }

  private mutating func uniqueName(_ base: String) -> String {
    let number = names[base, default: 0]
    names[base] = number + 1
    return number == 0 ? base : "\(base)_\(number)"
  }

  private mutating func addRow(_ name: String, _ type: String, since before: Int) {
    let steps = program.isPerSequence ? "" : "None, "
    program.rows.append(
      Program.SummaryRow(
        name: name, type: type, shape: "(None, \(steps)\(program.outputWidth))",
        parameters: program.parameterCount - before))
  }
}
