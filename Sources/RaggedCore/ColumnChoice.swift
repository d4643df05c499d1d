/// Which columns of a dataset a model is given, which it is to predict, and which come along.
public struct ColumnChoice: Sendable, Equatable, Codable {
  /// The inputs: names of columns, and of times with what is derived from them, such as `when:delta` (see
  /// ``TimeDerivation``). nil means every column whose role is input and that is not the target or the weight; of time columns
  /// nothing, as nobody knows what of them matters. Where later cells of a column are the target, its cells are among the
  /// inputs, and so is what is derived from a time.
  public var inputs: [String]?
  /// The target: one category column, one column of labels, or numbers of one extent; or several targets, see
  /// ``separatesTargets``. Numbers are columns, and what is derived from times per timestep, such
  /// as `when:delta`, which is 0 at the first timestep as it is among the inputs. A timestep where the time that is needed
  /// is missing has no target. nil means the columns whose role is target; empty means no target.
  ///
  /// A column per timestep may be followed by how much later its cell lies: `activity@1` is that of the next timestep,
  /// `sales@1..12` twelve numbers. A column per sequence may be followed by `@every`: `outcome@every` is asked at each
  /// timestep. See ``TargetReach``.
  public var target: [String]?
  /// A number column per sequence that weights each sequence, or one per timestep that weights the loss of each timestep, for
  /// a target that is per timestep too: of a target that lies later the weight is that of the timestep at which it is asked.
  /// Of several targets those per sequence have no weight then. Either takes the place of the weights that came with the data,
  /// which nil means.
  public var weight: String?
  /// Columns of labels that come with the batches, beside input and target; nil means none.
  public var labels: [String]?
  /// Whether the categories per timestep have a begin and an end: a sequence then has one timestep more, whose input is the
  /// begin alone, and its last target is the end. For models that write sequences; needs a target that lies later, such as
  /// `token@1`. nil means not.
  public var ends: Bool?
  /// Whether each name of ``target`` is a target of its own, with a validity and a head of its own, called by that name:
  /// `activity@1` and `when:log-delta@1`. nil makes them that where they are no one target: where there are two categories, or a
  /// category beside numbers, or numbers per timestep beside those per sequence. Numbers of one extent are one target
  /// unless this is true.
  public var separatesTargets: Bool?

  /// A choice; what is nil is the dataset's own.
  public init(
    inputs: [String]? = nil, target: [String]? = nil, weight: String? = nil, labels: [String]? = nil, ends: Bool? = nil,
    separatesTargets: Bool? = nil
  ) {
    (self.inputs, self.target, self.weight, self.labels, self.ends) = (inputs, target, weight, labels, ends)
    self.separatesTargets = separatesTargets
  }

  /// The columns chosen from those of a dataset.
  /// - Throws: ``RaggedCoreError`` for a name that no column has, for a target that is no target, and for ends of what has
  ///   none.
  public func columns(of columns: [Column]) throws -> ChosenColumns {
    var chosen = try chosenColumns(of: columns)
    if ends == true { try chosen.addEnds() }
    return chosen
  }

  private func chosenColumns(of columns: [Column]) throws -> ChosenColumns {
    let places = columns.map(\.name).positions()
    let targets =
      try target.map { try $0.map { try reaching($0, places, columns) } }
      ?? columns.indices.filter { columns[$0].role == .target && columns[$0].extent != .labels }
      .map { ChosenColumns.Named(place: $0) }
    let weightPlace = try weight.map { try place($0, places, columns) }
    var chosen = try ChosenColumns(
      target: targets, weight: weightPlace, of: columns,
      separates: target == nil ? false : separatesTargets == true ? true : nil)
    if let weightPlace { try check(weight: columns[weightPlace], target: chosen.signature.target) }
    for (index, name) in (labels ?? []).enumerated() {
      let place = try place(name, places, columns)
      guard columns[place].extent == .labels else {
        throw RaggedCoreError(
          .wrongColumn,
          "column \"\(name)\" is \(columns[place].summary), expected a list of labels per sequence")
      }
      guard labels?[..<index].contains(where: { $0.isExactly(name) }) == false else {
        throw RaggedCoreError(.wrongColumn, "the labels name column \"\(name)\" twice")
      }
      chosen.add(columns[place], at: place)
    }
    guard let inputs else {
      for (place, column) in columns.enumerated() where column.extent != .labels && place != weightPlace {
        let uses = targets.filter { $0.place == place }
        if uses.isEmpty {
          if column.role == .input, column.kind != .time { chosen.add(column, at: place) }
        } else if uses.allSatisfy(\.reach.isLater) {
          chosen.addPast(of: uses, column)
        }
      }
      return chosen
    }
    var seen: Set<ExactName> = []
    for name in inputs {
      guard seen.insert(ExactName(name)).inserted else {
        throw RaggedCoreError(.wrongColumn, "input \"\(name)\" is named twice")
      }
      if places[ExactName(name)] == nil, let split = TargetReach.split(name), places[ExactName(split.column)] != nil {
        throw RaggedCoreError(
          .wrongColumn,
          "input \"\(name)\": only a target may lie at other timesteps, an input is what its own timestep has: expected "
            + "\"\(split.column)\"")
      }
      let named = try named(name, places, columns, as: "an input")
      chosen.add(named, of: columns[named.place])
    }
    return chosen
  }

  private func check(weight: Column, target: TargetSignature) throws {
    func fail(_ expected: String) -> RaggedCoreError {
      RaggedCoreError(.wrongColumn, "column \"\(weight.name)\" is \(weight.summary), expected \(expected)")
    }
    guard weight.kind == .number, weight.extent != .labels else {
      throw fail("a number per sequence or per timestep as weight")
    }
    guard weight.extent == .sequence || target.isPerTimestep || target == .none else {
      throw fail("a number per sequence as weight: the target is one per sequence")
    }
  }

  /// What a name among targets stands for: the column of that name, what is derived from one, or cells that lie later.
  private func reaching(
    _ name: String, _ places: [ExactName: Int32], _ columns: [Column]
  ) throws -> ChosenColumns.Named {
    guard places[ExactName(name)] == nil, let split = TargetReach.split(name) else {
      var found = try named(name, places, columns, as: "a target")
      found.name = name
      return found
    }
    var found = try named(split.column, places, columns, as: "a target")
    (found.reach, found.name) = (try split.reach.get(), name)
    return found
  }

  /// What a name among inputs or targets stands for: the column of that name, or else what is derived from one.
  private func named(
    _ name: String, _ places: [ExactName: Int32], _ columns: [Column], as use: String
  ) throws -> ChosenColumns.Named {
    guard places[ExactName(name)] == nil, let derived = Self.derivation(name, among: places) else {
      let place = try place(name, places, columns)
      guard columns[place].extent != .labels || use == "a target" else {
        throw RaggedCoreError(
          .wrongColumn,
          "column \"\(name)\" is \(columns[place].summary), which can be a target: it cannot be \(use)")
      }
      guard columns[place].kind != .time else {
        throw RaggedCoreError(
          .wrongColumn,
          "column \"\(name)\" is a time: name what is to be derived from it, such as \"\(name):delta\" "
            + "(\(TimeDerivation.allCases.map(\.rawValue).joined(separator: ", ")))")
      }
      return ChosenColumns.Named(place: place)
    }
    let column = columns[derived.place]
    guard column.kind == .time, column.extent == .timestep else {
      throw RaggedCoreError(
        .wrongColumn,
        "\"\(name)\" is derived from column \"\(column.name)\", which is \(column.summary), expected a time per timestep"
      )
    }
    return derived
  }

  private func place(_ name: String, _ places: [ExactName: Int32], _ columns: [Column]) throws -> Int {
    if let place = places[ExactName(name)] { return Int(place) }
    let meant = columns.map(\.name).nearest(to: name).map { ", did you mean \"\($0)\"?" }
    throw RaggedCoreError(
      .wrongColumn, "there is no column \"\(name)\"\(meant ?? "; there is \(columns.map(\.name).quotedList)")")
  }

  /// `when:delta`, `when:hour`, and one half of it, `when:hour:sin`.
  private static func derivation(
    _ name: String, among places: [ExactName: Int32]
  ) -> ChosenColumns.Named? {
    for derivation in TimeDerivation.allCases {
      let endings = [":\(derivation.rawValue)"] + (derivation.names(of: "").count > 1 ? derivation.names(of: "") : [])
      for (number, ending) in endings.enumerated() where name.hasSuffix(ending) {
        if let place = places[ExactName(String(name.dropLast(ending.count)))] {
          return ChosenColumns.Named(
            place: Int(place), derivation: derivation, part: number == 0 ? nil : number - 1)
        }
      }
    }
    return nil
  }
}
