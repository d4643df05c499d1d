import RaggedCore

/// Which features of the records mean what, as the options and the first records have it.
struct TFRecordLayout {
  /// What a timestep is.
  enum Input: Equatable {
    case features
    case tokens
    case text(Vocabulary.Unit)
  }

  /// The target, where there is one.
  struct Target: Equatable {
    var name: String
    /// Whether it is a feature list.
    var isList: Bool
    var kind: TargetKind
    var width: Int?
    var names: [String]?
    /// Whether the kind goes by the type of the values, neither option nor record saying it.
    var isGuessed = false
  }

  let options: TFRecordOptions
  /// The feature lists of the input, put together in this order.
  let inputs: [String]
  let input: Input
  /// Values of a timestep of each of these lists; nil where they are not known yet.
  private(set) var widths: [Int?]
  private(set) var featureNames: [String]?
  private(set) var target: Target?
  let id: String?
  /// The list of token numbers beside a list of texts, in which 0 is the unknown token.
  let numbers: String?
  /// The numbers that mean a missing value.
  let missingNumbers: [Float]
  /// Whether features are whole numbers.
  let hasWholeFeatures: Bool

  private static let inputNames = ["values", "tokens", "features", "inputs", "input", "x"]
  private static let targetNames = ["class", "target", "targets", "label", "labels", "y"]

  /// What one record says.
  /// - Throws: ``SequenceExampleFault``.
  init(_ example: SequenceExampleView, _ options: TFRecordOptions) throws {
    self.options = options
    missingNumbers = options.missing.missingNumbers
    let lists = example.lists
    id = options.roles.id ?? ["key", "id"].first { example.context[ExactName($0)] != nil }
    let unit = try options.unit ?? example.texts("token_unit")?.first.flatMap(Vocabulary.Unit.init)
    let target = TFRecordLayout.targetName(example, options)
    let known = [options.roles.valid ?? "valid", target].compactMap { $0 }
    if let named = options.features {
      inputs = named
    } else if unit != nil, lists[ExactName("text")] != nil {
      inputs = ["text"]
    } else if let found = TFRecordLayout.inputNames.first(where: { lists[ExactName($0)] != nil }) {
      inputs = [found]
    } else {
      let names = lists.keys.sorted().map(\.text)
      inputs = names.filter { !known.containsExactly($0) && !TFRecordLayout.targetNames.containsExactly($0) }
    }
    guard !inputs.isEmpty else {
      let names = lists.keys.sorted().map(\.text)
      throw SequenceExampleFault(
        "has no feature list for the input; its feature lists are "
          + (names.isEmpty ? "none" : names.listedForMessage))
    }
    var kinds: [FeatureValues.Kind?] = []
    widths = []
    for name in inputs {
      guard let list = try example.list(name) else {
        throw SequenceExampleFault(
          "has no feature list \(name.quotedForMessage)"
            + lists.keys.sorted().map(\.text).alternatives(to: name, called: "feature lists"))
      }
      kinds.append(list.values.kind)
      widths.append(list.width)
    }
    if kinds.contains(.bytes) || inputs == ["text"] {
      guard inputs.count == 1 else { throw SequenceExampleFault("has text among several feature lists of the input") }
      input = .text(unit ?? .words)
    } else {
      input = inputs == ["tokens"] || unit != nil ? .tokens : .features
    }
    hasWholeFeatures = kinds.contains(.integers)
    numbers = inputs == ["text"] && lists[ExactName("tokens")] != nil ? "tokens" : nil
    featureNames = try options.featureNames ?? example.texts("feature_names")
    if options.featureNames == nil, let names = featureNames, let width = totalWidth, names.count != width {
      featureNames = nil
    }
    if widths.count == 1, widths[0] == nil { widths[0] = input == .features ? featureNames?.count : 1 }
    self.target = try TFRecordLayout.target(example, target, options)
  }

  /// Values of a timestep.
  var totalWidth: Int? { widths.reduce(0) { total, width in total.flatMap { total in width.map { total + $0 } } } }

  /// Whether nothing is left to be found out.
  var isSettled: Bool { totalWidth != nil && (target == nil || target?.width != nil) }

  private static func targetName(_ example: SequenceExampleView, _ options: TFRecordOptions) -> String? {
    if let named = options.roles.target { return named.first }
    return targetNames.first { name in
      options.features?.containsExactly(name) != true
        && (example.context[ExactName(name)] != nil || example.lists[ExactName(name)] != nil)
    }
  }

  private static func target(
    _ example: SequenceExampleView, _ name: String?, _ options: TFRecordOptions
  ) throws -> Target? {
    guard let name else { return nil }
    let told = try options.roles.targetKind ?? example.texts("target_kind")?.first.flatMap(TargetKind.init)
    let names = try options.roles.targetValueNames ?? example.texts("target_names")
    if let told, !told.isPerTimestep, let values = try example.context(name) {
      return Target(name: name, isList: false, kind: told, width: names?.count ?? values.count, names: names)
    }
    if let list = try example.list(name) {
      let kind = told ?? (list.values.kind == .floats ? .valuesPerTimestep : .classPerTimestep)
      let isClass = kind == .classPerTimestep
      let isKnown = told != nil || list.values.kind != nil
      return Target(
        name: name, isList: true, kind: kind, width: isClass ? isKnown ? 1 : nil : names?.count ?? list.width,
        names: names, isGuessed: told == nil)
    }
    guard let values = try example.context(name) else {
      let all = (Array(example.context.keys) + Array(example.lists.keys)).sorted().map(\.text)
      throw SequenceExampleFault(
        "has no feature \(name.quotedForMessage)\(all.alternatives(to: name, called: "features"))")
    }
    let hasNumbers = values.kind == .floats || values.kind == .integers && values.count > 1
    let kind = told ?? (hasNumbers ? .valuesPerSequence : .classPerSequence)
    return Target(
      name: name, isList: false, kind: kind, width: values.count, names: names, isGuessed: told == nil)
  }

  /// What the file says of its sequences.
  var description: InputDescription {
    let input: InputDescription.Input =
      switch self.input {
      case .features: .features(featureNames ?? defaultNames)
      case .tokens: .tokens
      case .text(let unit): .text(unit)
      }
    guard let target else { return InputDescription(input: input, target: .none) }
    let width = target.width ?? 1
    let names = target.names ?? (width == 1 ? [target.name] : (0..<width).map { "\(target.name)\($0)" })
    let described: InputDescription.Target =
      switch target.kind {
      case .classPerSequence: .classPerSequence(declared: options.roles.classes)
      case .classPerTimestep: .classPerTimestep(declared: options.roles.classes)
      case .valuesPerSequence: .valuesPerSequence(names)
      case .valuesPerTimestep: .valuesPerTimestep(names)
      }
    return InputDescription(input: input, target: described)
  }

  /// `f0`, `f1`, … for the values of one list; the lists' own names where there are several.
  private var defaultNames: [String] {
    guard inputs.count > 1 || options.features != nil else { return (0..<(widths[0] ?? 0)).map { "f\($0)" } }
    return zip(inputs, widths).flatMap { name, width in
      width == 1 ? [name] : (0..<(width ?? 0)).map { "\(name)\($0)" }
    }
  }

  /// Each role with its feature, in words.
  var summary: String {
    let kind =
      switch input {
      case .features: "features"
      case .tokens: "token numbers"
      case .text(let unit): "tokens (\(unit.rawValue))"
      }
    var parts = ["id: \(id?.quotedForMessage ?? "file and position")", "\(kind): \(inputs.listedForMessage)"]
    if let target { parts.append("target (\(target.kind.rawValue)): \(target.name.quotedForMessage)") }
    return parts.joined(separator: "; ")
  }
}
