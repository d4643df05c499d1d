import RaggedCore

/// Which attribute of an ARFF file is what.
struct ARFFLayout {
  /// What an attribute is for.
  enum Role: Equatable {
    /// A timestep of the one dimension.
    case timestep
    /// All timesteps, a row a dimension.
    case relation
    case id, skipped
    /// A value of the target, or its class.
    case target(Int)
    /// A further column of the dataset.
    case column(Int)
  }

  /// What the target is.
  enum Target: Equatable {
    case none
    /// A class, of the declared set where there is one.
    case label([String]?)
    case values([String])
  }

  let attributes: [ARFFHeader.Attribute]
  private(set) var roles: [Role] = []
  private(set) var columns: [Column] = []
  private(set) var target = Target.none
  private(set) var targetNames: [String] = []
  /// Timesteps of each row before missing ones at the end are taken for padding.
  private(set) var width = 0
  private(set) var isRelational = false
  private(set) var id: String?

  /// - Throws: ``InputError`` where what is asked for is not there, or the attributes are no series.
  init(_ header: ARFFHeader, _ options: ARFFOptions, _ source: InputSource) throws {
    let attributes = header.attributes
    self.attributes = attributes
    let names = attributes.map(\.name)
    let places = names.positions()
    func index(_ name: String) throws -> Int {
      guard let index = places[ExactName(name)] else {
        throw source.fault(
          "there is no attribute \(name.quotedForMessage)\(names.alternatives(to: name, called: "attributes"))", .usage)
      }
      return Int(index)
    }
    var given: [Int: Role] = [:]
    for name in options.skipped { given[try index(name)] = .skipped }
    func find(_ usual: [String], where fits: (ARFFHeader.Kind) -> Bool) -> Int? {
      for name in usual {
        let found = names.indices.last {
          given[$0] == nil && fits(attributes[$0].kind) && names[$0].lowercased() == name
        }
        if let found { return found }
      }
      return nil
    }
    func isNominal(_ kind: ARFFHeader.Kind) -> Bool { if case .nominal = kind { true } else { false } }
    func isRelation(_ kind: ARFFHeader.Kind) -> Bool { if case .relational = kind { true } else { false } }
    if let key = try options.id.map(index) ?? find(TableOptions.idNames, where: { $0 == .string }) {
      given[key] = Role.id
      id = names[key]
    }
    var targets = try options.target?.map(index)
    if targets == nil {
      let last = names.indices.last { given[$0] == nil && isNominal(attributes[$0].kind) && $0 == names.count - 1 }
      let found = find(TableOptions.targetNames) { !isRelation($0) && $0 != .date }
      targets = (found ?? last).map { [$0] } ?? []
    }
    for (place, index) in (targets ?? []).enumerated() { given[index] = .target(place) }
    targetNames = (targets ?? []).map { names[$0] }
    let inputs = try options.inputs.map { Set(try $0.map(index)) }
    target = try Self.target(targets ?? [], attributes, options, source)
    let relations = names.indices.filter { given[$0] == nil && isRelation(attributes[$0].kind) }
    guard relations.count <= 1 else {
      throw source.fault(
        "there are \(relations.count) relational attributes, \(relations.map { names[$0] }.listedForMessage), expected one; "
          + "leave the others out", .usage)
    }
    isRelational = !relations.isEmpty
    for index in names.indices {
      if let role = given[index] {
        roles.append(role)
        continue
      }
      switch attributes[index].kind {
      case .relational(let count):
        roles.append(.relation)
        width = count
        continue
      case .numeric where !isRelational:
        roles.append(.timestep)
        width += 1
        continue
      default: break
      }
      let kind: Column.Kind =
        switch attributes[index].kind {
        case .numeric: .number
        case .date: .time
        default: .category
        }
      let isInput = inputs?.contains(index) ?? (kind != .time)
      roles.append(.column(columns.count))
      columns.append(
        Column(
          names[index], kind, per: .sequence, role: isInput ? .input : .other,
          vocabulary: kind == .category ? Vocabulary(unit: .words, tokens: []) : nil))
    }
    if width == 0 {
      throw source.fault("no attribute is numeric or relational, so a row has no timesteps")
    }
  }

  private static func target(
    _ places: [Int], _ attributes: [ARFFHeader.Attribute], _ options: ARFFOptions, _ source: InputSource
  ) throws -> Target {
    guard let first = places.first else { return .none }
    for place in places {
      let (name, kind) = (attributes[place].name.quotedForMessage, attributes[place].kind)
      if kind == .date { throw source.fault("attribute \(name) is a date, expected a class or a number", .usage) }
      if case .relational = kind {
        throw source.fault("attribute \(name) is relational, expected a class or a number", .usage)
      }
      if kind != .numeric, places.count > 1 {
        throw source.fault("attribute \(name) is no number, expected a class alone or several numbers", .usage)
      }
    }
    switch attributes[first].kind {
    case .nominal(let names): return .label(names)
    case .string: return .label(options.classes)
    default:
      let names = options.targetValueNames ?? places.map { attributes[$0].name }
      guard names.count == places.count else {
        throw source.fault(
          "the target is \(places.count.counted("value")), but \(names.count) names are given for it", .usage)
      }
      return .values(names)
    }
  }

  /// The classes that a label may be; nil where any may.
  var classes: [String]? { if case .label(let names) = target { names } else { nil } }

  func words(dimensions: Int) -> String {
    func named(_ role: Role) -> [String] { zip(attributes, roles).filter { $0.1 == role }.map(\.0.name) }
    let steps = named(.timestep)
    let features =
      if let relation = named(.relation).first {
        "\(dimensions.counted("dimension")), the rows of \(relation.quotedForMessage)"
      } else {
        "1 dimension, of which "
          + (steps.count == 1
            ? "\(steps[0].quotedForMessage) is the timestep"
            : "\(steps[0].quotedForMessage) to \(steps[steps.count - 1].quotedForMessage) are the timesteps")
      }
    var parts = ["id: \(id.map(\.quotedForMessage) ?? "file and position")", "features: \(features)"]
    switch target {
    case .none: break
    case .label: parts.append("target (class): \(targetNames.listedForMessage)")
    case .values: parts.append("target (values): \(targetNames.listedForMessage)")
    }
    parts += columns.map { ($0.name, $0.kind, $0.extent) }.roleWords
    let skipped = named(.skipped)
    if !skipped.isEmpty { parts.append("left out: \(skipped.listedForMessage)") }
    return parts.joined(separator: "; ")
  }
}
