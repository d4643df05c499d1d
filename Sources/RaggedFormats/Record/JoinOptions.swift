import RaggedCore

/// A table with what is known of each sequence beside its own file, a row a sequence, and how it is read.
public struct JoinOptions: Sendable, Equatable {
  /// The table: CSV, TSV, Parquet or JSON Lines of an object a row. One whose name says none of these is CSV, or TSV where
  /// a tab stands in its first line.
  public var path: String
  /// The column of the keys; by default the one that is called as the sequences' id column is, or else as keys usually
  /// are, or else the first.
  public var key: String?
  /// The columns that are wanted; by default all but the key.
  public var columns: [String]?
  /// The columns of target, weight, split and group, where it holds these. By default its target is the column that is
  /// called as a target usually is, or the only one beside the key, if the sequences have no target of their own.
  public var roles: ColumnRoles
  /// Columns of numbers, whatever they look like.
  public var numbers: [String]
  /// Columns of text, whatever they look like.
  public var categories: [String]
  /// Columns that are inputs of a model unless it is said otherwise; by default none is.
  public var inputs: [String]
  /// Cells that stand for a missing value beside the usual ones.
  public var missing: [String]

  /// Options; what is left out has the default documented at each.
  public init(
    _ path: String, key: String? = nil, columns: [String]? = nil, roles: ColumnRoles = ColumnRoles(),
    numbers: [String] = [], categories: [String] = [], inputs: [String] = [], missing: [String] = []
  ) {
    (self.path, self.key, self.columns, self.roles) = (path, key, columns, roles)
    (self.numbers, self.categories, self.inputs, self.missing) = (numbers, categories, inputs, missing)
  }

  /// What settings ask for; nil where no table is named.
  /// - Throws: ``OptionProblem``.
  init?(_ settings: ReaderSettings) throws {
    guard let paths = settings[.join] else {
      if settings[.joinKey] != nil || settings[.joinColumns] != nil {
        throw OptionProblem("columns of a joined table are named, but no table")
      }
      return nil
    }
    guard paths.count == 1 else {
      throw OptionProblem("one table can be joined, \(paths.count) are given: \(paths.listedForMessage)")
    }
    self.init(
      paths[0], key: settings[.joinKey]?.first, columns: settings[.joinColumns], missing: settings[.missing] ?? [])
    if settings[.noTarget] != nil { roles.target = [] }
    roles.targetKind = try settings[.targetKind].map { try TargetKind(option: $0, .targetKind) }
    roles.classes = settings[.classes]
  }
}

extension JoinOptions {
  /// The settings that say which table is joined, and how.
  static let settings: Set<ReaderSetting> = [.join, .joinKey, .joinColumns]

  /// Moves what settings say of columns of the table here.
  /// - Parameters:
  ///   - names: the columns of the table.
  ///   - format: that of the sequences.
  /// - Returns: what is left to be asked of the sequences' files.
  /// - Throws: ``OptionProblem`` where the target would come from both.
  mutating func take(_ settings: ReaderSettings, _ names: [String], _ format: FileFormat) throws -> ReaderSettings {
    var rest = settings.filter { !JoinOptions.settings.contains($0.key) }
    let wanted = columns.map { columns in names.filter(columns.containsExactly) } ?? names
    if let target = settings[.target], target.contains(where: wanted.containsExactly) {
      if let other = target.first(where: { !wanted.containsExactly($0) }) {
        throw OptionProblem(
          "the target is to come from \"\(path)\" and from \(format.wordForColumn) "
            + "\(other.quotedForMessage) of the sequences, expected one of them")
      }
      if let kind = roles.targetKind, kind.isPerTimestep {
        throw OptionProblem(
          "the target is to be \(kind.rawValue), but \"\(path)\" has one row of a sequence")
      }
      (roles.target, roles.targetValueNames) = (target, settings[.targetValueNames])
      for setting in [ReaderSetting.target, .targetKind, .targetValueNames, .classes] { rest[setting] = nil }
      if format.takes(.noTarget) { rest[.noTarget] = [] }
    } else if settings[.target] != nil {
      // The sequences have one of their own.
      (roles.target, roles.targetKind) = ([], nil)
    }
    func takeOne(_ setting: ReaderSetting, _ path: WritableKeyPath<ColumnRoles, String?>) {
      guard let name = settings[setting]?.first, wanted.containsExactly(name) else { return }
      roles[keyPath: path] = name
      rest[setting] = nil
    }
    takeOne(.split, \.split)
    takeOne(.group, \.group)
    takeOne(.weight, \.weight)
    func takeList(_ setting: ReaderSetting) -> [String] {
      guard let all = settings[setting] else { return [] }
      let left = all.filter { !wanted.containsExactly($0) }
      if left.count < all.count { rest[setting] = left.isEmpty ? nil : left }
      return all.filter(wanted.containsExactly)
    }
    numbers += takeList(.numbers)
    categories += takeList(.categories)
    inputs += takeList(.inputs) + takeList(.features)
    // They are so in any case.
    _ = takeList(.statics)
    // A variable of a measurement a row may be called as a column of the table is.
    let skipped = takeList(.skipped)
    if settings[.pivot] != nil { rest[.skipped] = settings[.skipped] }
    if !skipped.isEmpty { columns = wanted.filter { !skipped.containsExactly($0) } }
    return rest
  }
}
