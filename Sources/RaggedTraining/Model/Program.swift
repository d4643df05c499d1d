import CRaggedKernels
import RaggedCore

/// A step of a model that a block goes through.
protocol Operation: Sendable {
  /// Floats of its weights as the kernels read them.
  var packedCount: Int { get }

  /// What brings its weights into the order in which the kernels read them: pieces of work that do not meet, with or
  /// without what the way back needs.
  func packing(forTheWayBack: Bool) -> [Packing]

  /// The output, from the output of the operation before, which the first one does not look at.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane

  /// The gradient of the input, from the gradient of the output, which may be overwritten; adds those of the weights.
  /// nil where the operation is the first or nothing before it can learn.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane?
}

extension Operation {
  var packedCount: Int { 0 }
  func packing(forTheWayBack: Bool) -> [Packing] { [] }
}

/// Packs some of all parameters into some of all packed weights.
typealias Packing = @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, rk_kernels) -> Void

/// A model as the list of operations that a block goes through.
struct Program: Sendable {
  var operations: [any Operation] = []
  var parameters: [ParameterInfo] = []
  var rows: [SummaryRow] = []
  /// Numbers in all weight tensors.
  var parameterCount = 0
  /// Floats of all weights as the kernels read them.
  var packedCount = 0
  /// Width of the output; of several heads that of all together.
  var outputWidth = 0
  /// Whether the output has one row per sequence rather than timesteps; of several heads, whether that of each has.
  var isPerSequence = false
  /// The ends of a model that has several; none for an ordinary one.
  var heads: [ProgramEnd] = []
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
  /// The columns that it takes.
  var input = ModelInput.features(0)

  /// A layer's line in the model's summary.
  struct SummaryRow: Sendable, Equatable {
    var name: String
    var type: String
    var shape: String
    /// Numbers in its weight tensors.
    var parameters: Int
    /// Its weight tensors among those of the model.
    var tensors: Range<Int>
    /// The head that it is part of; nil for a shared layer, and for one of an ordinary model.
    var head: String?
  }
}

/// Puts a program together, layer after layer, and checks that the layers fit.
struct ProgramBuilder {
  var program = Program()
  let input: ModelInput
  /// The columns per sequence, where the model takes any.
  private var statics: StaticColumns?
  /// Whether a layer comes that these are joined to.
  private var joinsNext = false
  private var hasState = false
  private var names: [String: Int] = [:]
  /// The columns of each direction of what the last recurrent layer gave, while no layer has mixed them.
  var lastParts: [LastOperation.Part]?
  /// The most units or features of a layer.
  private static let sizeLimit = 1 << 20
  /// The most weights of a model: 4 GiB, and twice that for Adam.
  static let parameterLimit = 1 << 30

  /// - Parameter isTrunk: whether the layers are those before heads that are not there yet.
  init(input: ModelInput, layers: [LayerSpec], heads: [ModelHead] = [], isTrunk: Bool = false) throws {
    self.input = input
    program.input = input
    try checkInput()
    if input.allCategories.isEmpty {
      try addDoor(tables: [])
    } else {
      try check(
        layers.first?.kind is Embedding,
        "a model on \(input.tokens == nil ? "categories" : "tokens") begins with an Embedding layer")
    }
    try check(!layers.isEmpty, "the model has no layers")
    if heads.isEmpty, !isTrunk {
      try add(layers)
    } else {
      try check(!layers.contains { $0.kind is CRF }, "a crf is the last layer: no head can follow it")
      for layer in layers { try add(layer.kind) }
      if !heads.isEmpty { try add(heads) }
    }
    if isTrunk { return }
    try check(hasWeights, "the model has no weights to train")
    if statics != nil, input.options.statics == .state {
      try check(
        hasState, "the columns per sequence make the state of the first recurrent layer, and the model has none")
    }
    try check(
      program.parameterCount <= ProgramBuilder.parameterLimit,
      "the model has \(program.parameterCount) weights, expected at most \(ProgramBuilder.parameterLimit)")
    program.packedCount = packedStart
    // Behind those of the layers, which have their places whatever the door does.
    if let shape = DoorOperation.stateShape(input) { program.states.append(shape) }
    if hasState { program.states.append(StateDoor.stateShape) }
  }

  private func checkInput() throws {
    try check(
      input.featureCount >= 0 && input.staticFeatureCount >= 0, "the model's input has fewer than 0 number columns")
    if let size = input.tokens {
      try check(size > 0, "the model's input has \(size.counted("token")), expected at least 1")
    }
    for column in input.allCategories {
      try check(
        column.size > 0, "the column \"\(column.name)\" has \(column.size.counted("code")), expected at least 1")
    }
    try check(
      input.featureCount > 0 || !input.categories.isEmpty,
      input.features != nil
        ? "the model's input has 0 features, expected at least 1"
        : "the model's input has columns per sequence alone, expected at least 1 per timestep")
    try checkSize(input.featureCount, "features")
    try checkSize(input.staticFeatureCount, "features per sequence")
    try checkSize(input.allCategories.count, "category columns")
  }

  /// Adds what brings the input's cells to the first layer.
  /// - Parameter tables: those of the category columns, whose weights are there already.
  mutating func addDoor(tables: [EmbeddingTable]) throws {
    if input.staticFeatureCount > 0 || !input.staticCategories.isEmpty {
      statics = StaticColumns(
        featureCount: input.staticFeatureCount, options: input.options, tables: tables.filter(\.isStatic))
    }
    let door = DoorOperation(
      featureCount: input.featureCount, options: input.options, tables: tables.filter { !$0.isStatic },
      statics: input.options.statics == .repeat ? statics : nil)
    try checkSize(door.width, "inputs")
    program.operations.append(door)
    program.outputWidth = door.width
    startTail()
  }

  /// Joins the columns per sequence to the input of a dense layer, where they go there.
  mutating func joinStatics() {
    guard joinsNext, let statics else { return }
    program.operations.append(
      JoinOperation(statics: statics, inputs: program.outputWidth, isPerSequence: program.isPerSequence))
    program.outputWidth += statics.width
  }

  /// What makes the state before the first timestep of a recurrent layer, where the columns per sequence do: its weights
  /// are added.
  mutating func addStateDoor(named name: String, units: Int, partCount: Int) -> StateDoor? {
    guard input.options.statics == .state, let statics else { return nil }
    hasState = true
    let door = StateDoor(statics: statics, units: units, partCount: partCount, kernel: program.parameterCount)
    addParameter("\(name)/state_kernel", [statics.width, partCount * units], .glorotUniform, .plain)
    addParameter("\(name)/state_bias", [partCount * units], .zeros, .plain)
    return door
  }

  /// Whether a recurrent layer already begins with a state made of the columns per sequence.
  var hasStateDoor: Bool { hasState }

  /// Adds the layers that lead to an output, to the last dense one of which the columns per sequence are joined where they
  /// go there.
  mutating func add(_ layers: [LayerSpec]) throws {
    let head = layers.lastIndex { $0.dense != nil }
    // Those of a model on categories are there only once its first layer is added.
    let hasStatics = input.staticFeatureCount > 0 || !input.staticCategories.isEmpty
    let joins = hasStatics && input.options.statics == .head
    try check(!joins || head != nil, "the columns per sequence go to the last dense layer, and the model has none")
    for (place, layer) in layers.enumerated() {
      joinsNext = place == head && joins
      try check(!(layer.kind is CRF) || place == layers.count - 1, "a crf is the last layer: nothing can follow it")
      try add(layer.kind)
    }
  }

  private mutating func add(_ layer: any LayerKind) throws {
    let kind = type(of: layer)
    let (number, before, tensors) = (names[kind.name, default: 0], program.parameterCount, program.parameters.count)
    names[kind.name] = number + 1
    if !(layer is Last), !(layer is Dropout) { lastParts = nil }
    let name = number == 0 ? kind.name : "\(kind.name)_\(number)"
    try layer.add(to: &self, named: name)
    program.rows.append(
      Program.SummaryRow(
        name: name, type: kind.title, shape: "(None, \(program.isPerSequence ? "" : "None, ")\(program.outputWidth))",
        parameters: program.parameterCount - before, tensors: tensors..<program.parameters.count))
  }

  /// Whether no layer was added yet.
  var isEmpty: Bool { program.rows.isEmpty }
  /// Whether a layer before the one being added has weights that learn, or hands its gradient on to one that has.
  var hasWeights: Bool { !program.parameters.isEmpty }
  /// Where the packed weights of the next operation begin.
  var packedStart: Int { program.operations.reduce(0) { $0 + $1.packedCount } }

  mutating func addParameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer, _ layout: ParameterInfo.Layout
  ) {
    let info = ParameterInfo(
      name: name, shape: shape, offset: program.parameterCount, layout: layout, initializer: initializer)
    program.parameters.append(info)
    program.parameterCount += info.count
  }

  mutating func addLast(_ parts: [LastOperation.Part]) {
    program.operations.append(LastOperation(index: program.operations.count, parts: parts))
    program.isPerSequence = true
  }

  mutating func endRecurrent(showsZerosWhereMasked: Bool, lastParts: [LastOperation.Part]?) {
    program.showsZerosWhereMasked = showsZerosWhereMasked
    self.lastParts = lastParts
    startTail()
  }

  /// Ends the operations that look along time.
  mutating func startTail() {
    program.tailStart = program.operations.count
    program.tailWidth = program.outputWidth
  }

  func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw TrainingError(.invalidModel, message()) }
  }

  /// Bounds what is multiplied later, far beyond anything that could be trained.
  func checkSize(_ size: Int, _ what: String) throws {
    try check(
      size <= ProgramBuilder.sizeLimit, "a layer has \(size) \(what), expected at most \(ProgramBuilder.sizeLimit)")
  }

  /// - Parameter layer: what has the units: `a Dense layer`.
  func checkUnits(_ units: Int, of layer: String) throws {
    try check(units > 0, "\(layer) has \(units.counted("unit")), expected at least 1")
    try checkSize(units, "units")
  }

  func checkRate(_ rate: Float) throws {
    try check(rate >= 0 && rate < 1, "a dropout rate is \(rate), expected 0 or more and less than 1")
  }
}
