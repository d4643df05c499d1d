import RaggedCore

/// Which field of the objects of a JSON Lines file means what.
struct JSONFields {
  /// What a field is for.
  enum Role: Hashable {
    case id, input, target, weight, valid, split, group, metadata, extra(Int)
  }

  /// The field of the key, nil where keys are made of file and line.
  private(set) var id: String?
  /// The field of the timesteps.
  private(set) var input: String
  /// The field of the target, nil where none is wanted.
  private(set) var target: String?
  /// Fields kept as metadata under their own names; empty where the field `metadata` holds it all.
  let extras: [String]
  private let roles: [(name: [UInt8], role: Role)]
  private let unused: [String]

  /// Fields by the options and by the names in the first object.
  /// - Throws: ``InputError`` where a field that is named or needed is not among `names`.
  init(options: JSONLinesOptions, names: [String], file: String, line: Int) throws {
    func known(_ name: String?) throws -> String? {
      guard let name, !names.containsExactly(name) else { return name }
      throw InputError(
        file: file, line: line,
        problem: "there is no field \(name.quotedForMessage)\(names.alternatives(to: name, called: "fields"))",
        isFatal: true)
    }
    id = try known(options.roles.id) ?? ["id", "key"].first(where: names.containsExactly)
    guard
      let input = try known(options.input)
        ?? ["features", "tokens", "text"].first(where: names.containsExactly)
    else {
      throw InputError(
        file: file, line: line,
        problem: "there is no field \"features\", \"tokens\" or \"text\"; the fields are \(names.listedForMessage)",
        isFatal: true)
    }
    self.input = input
    let targets = ["target", "label", "class"]
    target =
      options.roles.target?.isEmpty == true
      ? nil : options.roles.target?.first ?? targets.first(where: names.containsExactly) ?? "target"
    if options.roles.target != nil { _ = try known(target) }
    extras = options.metadata
    var roles: [(String, Role)] = [(input, .input)]
    if let id { roles.append((id, .id)) }
    if let target { roles.append((target, .target)) }
    roles.append((try known(options.roles.weight) ?? "weight", .weight))
    roles.append((try known(options.roles.valid) ?? "valid", .valid))
    roles.append((try known(options.roles.split) ?? "split", .split))
    roles.append((try known(options.roles.group) ?? "group", .group))
    if extras.isEmpty { roles.append(("metadata", .metadata)) }
    for (index, name) in extras.enumerated() { roles.append((try known(name) ?? name, .extra(index))) }
    self.roles = roles.map { (Array($0.0.utf8), $0.1) }
    unused = names.filter { name in !roles.contains { $0.0.isExactly(name) } }
  }

  /// The role of the field with this name.
  func role(of name: ByteSlice) -> Role? {
    for entry in roles where name.equals(entry.name) { return entry.role }
    return nil
  }

  /// Each role with its field, in words.
  func summary(targetKind: TargetKind?) -> String {
    var parts = ["id: \(id?.quotedForMessage ?? "file and line")", "input: \(input.quotedForMessage)"]
    if let target, let targetKind { parts.append("target (\(targetKind.rawValue)): \(target.quotedForMessage)") }
    if !unused.isEmpty { parts.append("not imported: \(unused.listedForMessage)") }
    return parts.joined(separator: "; ")
  }
}
