import RaggedCore
import RaggedTraining

/// The states of a graph that takes sequences in pieces.
struct OnnxStates {
  /// An input of the graph, what it becomes, and its width.
  struct Part {
    var given: String
    var next: String
    var units: Int
  }

  /// In the order of the layers, h before c.
  var parts: [Part] = []
  /// The number of recurrent layers so far.
  var layers = 0
  /// Whether each sequence has begun before the piece, and after it, where columns per sequence make its first state.
  var begun: (before: String, after: String)?

  /// The last output of the last recurrent layer before the piece, `[batch, 1, H]`; nil where there is no such layer.
  func lastOutput(_ builder: inout OnnxBuilder) -> String? {
    guard let h = parts.last(where: { $0.given.hasPrefix("h_") }) else { return nil }
    return builder.node("Unsqueeze", [h.given, builder.integers("axis_1", [1])], to: "\(h.given)_before")
  }
}

extension OnnxWriter {
  /// Checks that states are all that a model carries from piece to piece.
  /// - Throws: ``ExchangeError`` that says what else it does.
  static func checkStatesGoOn(_ model: Sequential) throws {
    func refuse(_ problem: String) -> ExchangeError { ExchangeError(.unsupported, "no states can go on: " + problem) }
    let layers = model.layers + model.heads.flatMap(\.layers)
    let recurrent = layers.compactMap(\.recurrent)
    if recurrent.isEmpty { throw refuse("the model has no recurrent layer") }
    if recurrent.contains(where: { $0.count > 1 || $0.layer.goBackwards }) {
      throw refuse("a layer of the model reads sequences from their ends")
    }
    if model.input.options.looksBack {
      throw refuse(
        "the model fills missing numbers with the last ones, or takes the time since these, for which it looks at the timesteps before"
      )
    }
    if layers.contains(where: { $0.layer is Last }) {
      throw refuse(
        "the model takes the last of a sequence by a layer of its own, which a piece without timesteps does not have")
    }
    if model.maskValue != nil, model.heads.contains(where: { $0.layers.contains { $0.recurrent != nil } }) {
      throw refuse("the model masks timesteps itself, and a head has a recurrent layer")
    }
  }
}

extension OnnxNetwork {
  /// The state of a layer before a piece, `[1, batch, H]` a part: that which is given, or where the sequence has not begun the one that
  /// columns per sequence make.
  /// - Parameter made: the parts that these make; none for zeros, which are given.
  mutating func givenStates(_ cell: RecurrentCell, units: Int, made: [String], _ name: String) -> [String] {
    let number = states?.layers ?? 0
    states?.layers += 1
    if !made.isEmpty, states?.begun == nil { addBegun() }
    return ["h", "c"].prefix(cell.statePartCount).enumerated().map { place, part in
      let given = "\(part)_\(number)"
      builder.input(given, .float, [.named("batch"), .size(units)])
      states?.parts.append(OnnxStates.Part(given: given, next: "", units: units))
      let direction = builder.node(
        "Unsqueeze", [given, builder.integers("axis_0", [0])], to: "\(name)_given_\(part)")
      guard let begun = states?.begun, made.indices.contains(place) else { return direction }
      let column = builder.node(
        "Unsqueeze", [begun.before, builder.integers("axis_1", [1])], to: "\(name)_begun_\(part)")
      return builder.node("Where", [column, direction, made[place]], to: "\(name)_before_\(part)")
    }
  }

  /// Whether each sequence has begun, which it has for good with its first timestep.
  private mutating func addBegun() {
    builder.input("begun", .bool, [.named("batch")])
    let count = builder.node("Cast", [lengths], to: "begun_lengths", attributes: [.int("to", 7)])
    builder.node("Greater", [count, builder.integers("zero", [0], shape: [])], to: "begun_here")
    states?.begun = ("begun", builder.node("Or", ["begun", "begun_here"], to: "begun_after"))
  }

  /// The state of a layer after a piece, which is that before it where a sequence has no timestep in it: there the node gives zeros.
  /// - Parameters:
  ///   - parts: what the node gives, `[1, batch, H]` each.
  ///   - initial: what it was given.
  mutating func keptStates(_ parts: [String], from initial: [String], _ name: String) -> [String] {
    let count = builder.node("Cast", [lengths], to: "\(name)_count", attributes: [.int("to", 7)])
    builder.node("Greater", [count, builder.integers("zero", [0], shape: [])], to: "\(name)_reads")
    let column = builder.node(
      "Unsqueeze", ["\(name)_reads", builder.integers("axis_1", [1])], to: "\(name)_reads_column")
    let direction = builder.integers("direction_0", [0], shape: [])
    let first = (states?.parts.count ?? 0) - parts.count
    return zip(parts, initial).enumerated().map { place, pair in
      let after = builder.node("Where", [column, pair.0, pair.1], to: "\(pair.0)_after")
      states?.parts[first + place].next = builder.node(
        "Gather", [after, direction], to: "\(pair.0)_next", attributes: [.int("axis", 0)])
      return after
    }
  }

  /// The states after the piece, as outputs of the graph.
  mutating func addNextStates() {
    guard let states else { return }
    for part in states.parts {
      let name = builder.node("Identity", [part.next], to: "next_\(part.given)")
      builder.output(name, .float, [.named("batch"), .size(part.units)])
    }
    guard let begun = states.begun else { return }
    builder.output(builder.node("Identity", [begun.after], to: "next_begun"), .bool, [.named("batch")])
  }
}
