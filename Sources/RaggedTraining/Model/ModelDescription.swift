public import RaggedCore

/// A model written as text, for command lines and files: layers one after the other, as in
/// `lstm(32, sequences) dropout(0.2) bidirectional(lstm(8), sum) dense(softmax)`.
///
/// | layer | arguments |
/// |---|---|
/// | `lstm` | units; `sequences`, `backwards`, `dropout=rate` |
/// | `bidirectional` | an `lstm(…)`; `concat`, `sum`, `mul` or `ave` |
/// | `dense`, `time_distributed` | units (left out: as many as the target needs); `linear`, `relu`, `sigmoid`, `tanh`, `softmax` |
/// | `embedding` | units; for several columns `column=units`, a name with other characters in quotes |
/// | `masking` | the value |
/// | `dropout` | the rate |
/// | `crf` | `bio`; the last layer for a class per timestep, see ``CRF`` |
/// | `last` | none: the last timestep of each sequence, see ``Last`` |
///
/// Where the text does not end in a dense layer, one that suits target and loss is added, and one before a `crf`. For lists of
/// labels it has an output more than there are labels, the blank of ``CTC``; where a model on tokens does not
/// begin with an embedding, one of 32 units is. Of several category columns each has an embedding of the width that
/// ``Embedding/usualUnits(size:)`` says, unless the text says another.
///
/// For several targets at once the layers are those that all share, and behind them each target has a head of its own: a dense
/// layer that suits it, with ``Last`` before it where the target comes per sequence and the shared layers have timesteps. One
/// more word, which stands last, says other layers for some of them:
/// `lstm(64, sequences) heads(activity@1=dense(32, relu) dense(softmax), outcome=last dense(softmax))`.
///
/// Two words say how the input is brought to the first layer, and may stand anywhere; see ``InputOptions``:
///
/// | word | arguments |
/// |---|---|
/// | `missing` | `mean`, `last` or `zero`; `indicators`, `since` |
/// | `statics` | `repeat`, `head` or `state` |
public struct ModelDescription: Sendable {
  private let calls: [LayerCall]
  private let heads: [(name: String, calls: [LayerCall])]
  /// How the input is brought to the first layer.
  public let options: InputOptions

  /// Reads a text.
  /// - Throws: ``TrainingError`` that says what was expected where.
  public init(_ text: String) throws {
    var parser = Parser(text)
    let all = try parser.layers()
    let layers = all.filter { !InputOptions.words.contains($0.name) }
    calls = layers.filter { $0.name != Parser.headsName }
    let places = layers.indices.filter { layers[$0].name == Parser.headsName }
    guard places.isEmpty || places == [layers.count - 1] else {
      throw TrainingError(.invalidModel, "heads(…) is the end of a model: expected it once, behind all layers")
    }
    heads = places.isEmpty ? [] : layers[layers.count - 1].arguments.compactMap(\.head)
    for (place, head) in heads.enumerated() where heads[..<place].contains(where: { $0.name.isExactly(head.name) }) {
      throw TrainingError(.invalidModel, "heads(…) names \"\(head.name)\" twice")
    }
    options = try InputOptions(all.filter { InputOptions.words.contains($0.name) })
    if calls.isEmpty { throw TrainingError(.invalidModel, "the model's description is empty") }
  }

  /// The description that suits a target: `lstm(64)`, with its sequences where the target comes per timestep, and in both
  /// directions where labels are aligned with timesteps.
  public static func suited(to target: TargetSignature) -> String {
    target.isLabels
      ? "bidirectional(lstm(64, sequences))" : target.needsOutputsPerTimestep ? "lstm(64, sequences)" : "lstm(64)"
  }

  /// What the model takes of data of a signature.
  public func input(for signature: SequenceSignature) -> ModelInput {
    ModelInput(signature.input, options: options)
  }

  /// The layers for data of a signature; of several targets those that they share.
  /// - Parameters:
  ///   - signature: what a timestep and a target are.
  ///   - loss: what the model will be trained with; nil for what suits the target.
  /// - Throws: ``TrainingError`` for an argument without a meaning, or data without a target.
  public func layers(for signature: SequenceSignature, loss: Loss? = nil) throws -> [any Layer] {
    let parts = signature.target.parts
    guard !signature.target.names.isEmpty || !parts.isEmpty else {
      throw TrainingError(.dataMismatch, "the data has no target to train on")
    }
    if let head = heads.first, parts.isEmpty {
      throw TrainingError(
        .invalidModel,
        "heads(\(head.name)=…) is for several targets, and the target is \(signature.target.summary): leave heads(…) out"
      )
    }
    // Of several targets none gives a dense layer its units.
    if let open = calls.first(where: \.isWithoutUnits), !parts.isEmpty {
      throw TrainingError(
        .invalidModel,
        "\(open.name)(…) before the heads needs its number of units: each of the \(parts.count) targets has a head of its own"
      )
    }
    var layers = try calls.map { try $0.layer(for: signature) }
    let input = input(for: signature)
    if !input.allCategories.isEmpty, calls.first?.name != Embedding.name {
      layers.insert(try Embedding(nil, for: input), at: 0)
    }
    return parts.isEmpty ? Self.completed(layers, calls, for: signature, loss) : layers
  }

  /// The heads for several targets; none for one.
  /// - Parameters:
  ///   - signature: what a timestep is, and the targets.
  ///   - losses: what each head will be trained with, in the order of the targets; nil for what suits.
  /// - Throws: ``TrainingError`` for an argument without a meaning, and for a head of a name that no target has.
  public func heads(for signature: SequenceSignature, losses: [Loss?] = []) throws -> [ModelHead] {
    let parts = signature.target.parts
    guard !parts.isEmpty else { return [] }
    if let wrong = heads.first(where: { head in !parts.contains { $0.name.isExactly(head.name) } }) {
      let names = parts.map(\.name)
      throw TrainingError(
        .invalidModel,
        "heads(\(wrong.name)=…): no target is called that"
          + (names.nearest(to: wrong.name).map { ", did you mean \"\($0)\"?" }
            ?? ", expected one of \(names.quotedList)"))
    }
    let shared = try ProgramBuilder(
      input: input(for: signature), layers: layers(for: signature).map(\.spec), heads: [], isTrunk: true
    ).program.isPerSequence
    return try parts.enumerated().map { place, part in
      let own = SequenceSignature(input: signature.input, target: part.target)
      let calls = heads.first { $0.name.isExactly(part.name) }?.calls ?? []
      var layers = try calls.map { try $0.layer(for: own) }
      if calls.isEmpty, !shared, !part.target.needsOutputsPerTimestep { layers = [Last()] }
      let loss = losses.indices.contains(place) ? losses[place] : nil
      return ModelHead(part.name, Self.completed(layers, calls, for: own, loss))
    }
  }

  /// Layers that end in what a target and a loss need: a dense layer is added where there is none.
  private static func completed(
    _ given: [any Layer], _ calls: [LayerCall], for signature: SequenceSignature, _ loss: Loss?
  ) -> [any Layer] {
    var layers = given
    let width = signature.target.outputCount
    let isTagger = calls.last?.name == CRF.name
    let end = isTagger ? layers.count - 1 : layers.count
    let last = calls.dropLast(isTagger ? 1 : 0).last?.name
    if last != Dense.name, last != TimeDistributed.name {
      let (isClass, isLabels) = (signature.target.isClass, signature.target.isLabels)
      let usual: Activation = isClass || isLabels ? .softmax : .linear
      let suited: Activation = isTagger ? .linear : loss?.activation ?? usual
      let dense = Dense(width, activation: suited)
      layers.insert(signature.target.needsOutputsPerTimestep ? TimeDistributed(dense) : dense, at: end)
    }
    return layers
  }
}

extension InputOptions {
  /// The words of a text that are no layers.
  fileprivate static let words = ["missing", "statics"]

  fileprivate init(_ calls: [LayerCall]) throws {
    self.init()
    for call in calls {
      let (fills, places) = (Fill.allCases.map(\.rawValue), Statics.allCases.map(\.rawValue))
      for argument in call.arguments {
        switch (call.name, argument) {
        case ("missing", .word("indicators")): indicators = true
        case ("missing", .word("since")): since = true
        case ("missing", .word(let word)) where Fill(rawValue: word) != nil: fill = Fill(rawValue: word) ?? .mean
        case ("statics", .word(let word)) where Statics(rawValue: word) != nil:
          statics = Statics(rawValue: word) ?? .repeat
        default:
          throw call.unexpected(argument, of: call.name == "missing" ? fills + ["indicators", "since"] : places)
        }
      }
    }
  }
}

/// A layer in a text: `name(argument, …)`.
struct LayerCall: Sendable {
  var name: String
  var arguments: [Argument]

  enum Argument: Sendable {
    case word(String)
    case named(String, String)
    case call(LayerCall)
    /// Layers behind those that all targets share.
    case head(String, [LayerCall])

    fileprivate var head: (name: String, calls: [LayerCall])? {
      if case .head(let name, let calls) = self { (name, calls) } else { nil }
    }

    fileprivate var text: String {
      switch self {
      case .word(let word): "\"\(word)\""
      case .named(let name, let value): "\"\(name)=\(value)\""
      case .call(let call): "\(call.name)(…)"
      case .head(let name, _): "\"\(name)=…\""
      }
    }
  }

  /// Whether it is a dense layer whose units the target is to give.
  fileprivate var isWithoutUnits: Bool {
    [Dense.name, TimeDistributed.name].contains(name)
      && !arguments.contains { if case .word(let text) = $0 { Int(text) != nil } else { false } }
  }

  /// The layer that it names, for data of a signature.
  /// - Throws: ``TrainingError`` for a name that no layer has, or an argument without a meaning.
  func layer(for signature: SequenceSignature) throws -> any Layer {
    let names = LayerSpec.table.map { $0.name }
    guard let kind = LayerSpec.table.first(where: { $0.name == name }) else {
      throw TrainingError(
        .invalidModel,
        "there is no layer \"\(name)\""
          + (names.nearest(to: name).map { ", did you mean \"\($0)\"?" }
            ?? ", expected \(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"))
    }
    return try kind.init(self, for: signature)
  }

  /// The error for an argument that is none of `words`.
  func unexpected(_ argument: Argument, of words: [String]) -> TrainingError {
    let given =
      switch argument {
      case .word(let word), .named(let word, _), .head(let word, _): word
      case .call(let call): call.name
      }
    let meant = words.contains(given) ? nil : words.nearest(to: given)
    return TrainingError(
      .invalidModel,
      "\(name)(…) does not take \(argument.text)\(meant.map { ", did you mean \"\($0)\"?" } ?? "")")
  }

  /// The only argument, as a number.
  func number<Value: LosslessStringConvertible>(_ what: String, as type: Value.Type) throws -> Value {
    guard arguments.count == 1, case .word(let text) = arguments[0], let value = Value(text) else {
      throw TrainingError(
        .invalidModel, "\(name)(\(arguments.map(\.text).joined(separator: ", "))): expected \(what), a number")
    }
    return value
  }
}

extension Character {
  fileprivate var isInModelWord: Bool { isLetter || isNumber || "_.-+@:".contains(self) }
}

extension String {
  /// A column's name as a model's description has it.
  var asWordOfModel: String { !isEmpty && allSatisfy(\.isInModelWord) ? self : "\"\(self)\"" }
}

/// Reads `name(argument, …) name …`; layers may also be separated by commas or bars, those of a head by bars alone.
private struct Parser {
  static let headsName = "heads"

  private let characters: [Character]
  private var position = 0
  private var depth = 0

  init(_ text: String) { characters = Array(text) }

  mutating func layers() throws -> [LayerCall] {
    var calls: [LayerCall] = []
    while true {
      skip { $0.isWhitespace || $0 == "," || $0 == "|" }
      guard position < characters.count else { return calls }
      calls.append(try call(named: word().lowercased()))
    }
  }

  private mutating func call(named name: String) throws -> LayerCall {
    var call = LayerCall(name: name, arguments: [])
    guard depth < 4 || position == characters.count || characters[position] != "(" else {
      throw expected("layers at most 4 deep")
    }
    guard take("(") else { return call }
    depth += 1
    defer { depth -= 1 }
    while !take(")") {
      call.arguments.append(try name == Self.headsName ? head() : argument())
      skip(\.isWhitespace)
      guard take(",") || position < characters.count && characters[position] == ")" else {
        throw expected("\",\" or \")\"")
      }
    }
    return call
  }

  private mutating func argument() throws -> LayerCall.Argument {
    let name = try quoted() ?? word()
    if take("=") { return .named(name, try word().lowercased()) }
    guard position < characters.count, characters[position] == "(" else { return .word(name.lowercased()) }
    return .call(try call(named: name.lowercased()))
  }

  /// `activity@1=dense(32, relu) dense(softmax)`.
  private mutating func head() throws -> LayerCall.Argument {
    let name = try quoted() ?? word()
    guard take("=") else { throw expected("\"=\" and the layers of a head behind the name of its target") }
    var calls: [LayerCall] = []
    while true {
      skip { $0.isWhitespace || $0 == "|" }
      guard position < characters.count, !",)".contains(characters[position]) else { break }
      calls.append(try call(named: word().lowercased()))
    }
    guard !calls.isEmpty else { throw expected("a layer") }
    return .head(name, calls)
  }

  /// A column's name in quotes.
  private mutating func quoted() throws -> String? {
    guard take("\"") else { return nil }
    let start = position
    skip { $0 != "\"" }
    let name = String(characters[start..<position])
    guard take("\"") else { throw expected("\" behind a name") }
    return name
  }

  private mutating func word() throws -> String {
    skip(\.isWhitespace)
    let start = position
    skip(\.isInModelWord)
    guard position > start else { throw expected("a name or a number") }
    return String(characters[start..<position])
  }

  private mutating func take(_ character: Character) -> Bool {
    skip(\.isWhitespace)
    guard position < characters.count, characters[position] == character else { return false }
    position += 1
    return true
  }

  private mutating func skip(_ isSkipped: (Character) -> Bool) {
    while position < characters.count, isSkipped(characters[position]) { position += 1 }
  }

  private func expected(_ what: String) -> TrainingError {
    let found = position < characters.count ? "\"\(characters[position])\"" : "the end"
    return TrainingError(
      .invalidModel, "the model's description has \(found) at character \(position + 1), expected \(what)")
  }
}
