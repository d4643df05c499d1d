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
///
/// Where the text does not end in a dense layer, one that suits target and loss is added, and one before a `crf`. For lists of
/// labels it has an output more than there are labels, the blank of ``CTC``; where a model on tokens does not
/// begin with an embedding, one of 32 units is. Of several category columns each has an embedding of the width that
/// ``Embedding/usualUnits(size:)`` says, unless the text says another.
///
/// Two words say how the input is brought to the first layer, and may stand anywhere; see ``InputOptions``:
///
/// | word | arguments |
/// |---|---|
/// | `missing` | `mean`, `last` or `zero`; `indicators`, `since` |
/// | `statics` | `repeat`, `head` or `state` |
public struct ModelDescription: Sendable {
  private let calls: [LayerCall]
  /// How the input is brought to the first layer.
  public let options: InputOptions

  /// Reads a text.
  /// - Throws: ``TrainingError`` that says what was expected where.
  public init(_ text: String) throws {
    var parser = Parser(text)
    let all = try parser.layers()
    calls = all.filter { !InputOptions.words.contains($0.name) }
    options = try InputOptions(all.filter { InputOptions.words.contains($0.name) })
    if calls.isEmpty { throw TrainingError(.invalidModel, "the model's description is empty") }
  }

  /// The description that suits a target: `lstm(64)`, with its sequences where the target comes per timestep, and in both
  /// directions where labels are aligned with timesteps.
  public static func suited(to target: TargetSignature) -> String {
    target.isLabels
      ? "bidirectional(lstm(64, sequences))" : target.isPerTimestep ? "lstm(64, sequences)" : "lstm(64)"
  }

  /// What the model takes of data of a signature.
  public func input(for signature: SequenceSignature) -> ModelInput {
    ModelInput(signature.input, options: options)
  }

  /// The layers for data of a signature.
  /// - Parameters:
  ///   - signature: what a timestep and a target are.
  ///   - loss: what the model will be trained with; nil for what suits the target.
  /// - Throws: ``TrainingError`` for an argument without a meaning, or data without a target.
  public func layers(for signature: SequenceSignature, loss: Loss? = nil) throws -> [any Layer] {
    let width = signature.target.outputCount
    guard !signature.target.names.isEmpty else {
      throw TrainingError(.dataMismatch, "the data has no target to train on")
    }
    var layers = try calls.map { try $0.layer(for: signature) }
    let input = input(for: signature)
    if !input.allCategories.isEmpty, calls.first?.name != Embedding.name {
      layers.insert(try Embedding(nil, for: input), at: 0)
    }
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

    fileprivate var text: String {
      switch self {
      case .word(let word): "\"\(word)\""
      case .named(let name, let value): "\"\(name)=\(value)\""
      case .call(let call): "\(call.name)(…)"
      }
    }
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
      case .word(let word), .named(let word, _): word
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
  fileprivate var isInModelWord: Bool { isLetter || isNumber || "_.-+".contains(self) }
}

extension String {
  /// A column's name as a model's description has it.
  var asWordOfModel: String { !isEmpty && allSatisfy(\.isInModelWord) ? self : "\"\(self)\"" }
}

/// Reads `name(argument, …) name …`; layers may also be separated by commas or bars.
private struct Parser {
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
      call.arguments.append(try argument())
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
