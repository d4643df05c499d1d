import RaggedCore

/// Which cells of a table with a row per sequence are its numbers, and what the others are.
struct WideColumns {
  /// Where the numbers of a row stand.
  enum Values: Equatable {
    /// From this column on, a timestep after the other, of each all channels.
    case from(Int)
    /// The columns of each channel.
    case columns([[Int]])
  }

  let names: [String]
  var id: Int?
  var target: [Int] = []
  /// Whether the target is a class however its numbers are written.
  var isClass = false
  /// Further columns of the sequence, in the order of the file.
  var constants: [Int] = []
  var channels = ["value"]
  var values = Values.from(0)
  var notes: [InputNote] = []
  /// The rows that were looked at.
  let rows: Int

  /// Finds the columns by what options name, and by the first rows.
  init(_ sample: TableHead, options: TableOptions, file: String) throws {
    var names = sample.names
    if !options.hasHeader {
      let most = WideSample(sample, hasHeader: false).most
      while names.count < most { names.append("c\(names.count + 1)") }
    }
    self.names = names
    let resolver = TableLayoutResolver(names: names, options: options, file: file, line: sample.line)
    // What a model calls its features are the channels.
    let areColumns = options.features?.contains(where: names.containsExactly) == true
    let features = areColumns ? options.features : nil
    var options = options
    if !areColumns, options.featureNames == nil { options.featureNames = options.features }
    for name in (features ?? []) + options.numbers + options.categories + options.skipped + options.statics {
      _ = try resolver.column(name)
    }
    if let name = options.roles.valid ?? options.time.flatMap({ $0.isEmpty ? nil : $0 }) {
      throw resolver.fault(
        "column \(name.quotedForMessage) is to be one of a timestep, but a row is taken for a sequence")
    }
    id = try options.roles.id.map { try resolver.column($0) } ?? names.place(of: TableOptions.idNames)
    let found = names.place(of: TableOptions.targetNames).map { [$0] } ?? []
    target = try options.roles.target?.map { try resolver.column($0) } ?? found
    let roles = options.roles
    let named =
      [roles.weight, roles.split, roles.group, options.metadataObject].compactMap { $0 } + options.metadata
      + options.labels + options.statics + options.numbers + options.categories + options.skipped + options.times
    var taken = Set(try named.map { try resolver.column($0) }).union(target)
    if let id { taken.insert(id) }
    let wide = WideSample(sample, hasHeader: options.hasHeader, ignoring: taken)
    rows = wide.rows
    if let features {
      let columns = try features.map { try resolver.column($0) }
      try takeChannels(columns, options, resolver)
      constants = names.indices.filter { !columns.contains($0) }
    } else {
      let start = firstValue(wide, taken, options)
      takeLeading(start, wide, taken, options, &taken)
      let values = names.indices.filter { $0 >= start && !taken.contains($0) }
      guard values.count > 0 || !options.hasHeader else {
        throw resolver.fault(
          "no column is left for the numbers of a sequence; the columns are \(names.listedForMessage)")
      }
      let isTail = values == Array(start..<names.count) && !hasNamedChannels(values, options)
      constants = names.indices.filter { $0 < start || taken.contains($0) }
      if isTail, options.channelOrder != .first || (options.featureNames?.count ?? 1) == 1 {
        self.values = .from(start)
        try takeNames(options, resolver)
      } else {
        try takeChannels(values, options, resolver)
      }
    }
    let skipped = options.skipped.exactNames
    constants.removeAll {
      $0 == id || target.contains($0) || names[$0].isEmpty || skipped.contains(ExactName(names[$0]))
    }
    if let twice = (channels + constants.map { names[$0] }).firstRepeated {
      throw resolver.fault(
        "feature \(twice.quotedForMessage) is called as a column of the sequence is: name it otherwise")
    }
  }

  /// The column from which on there are numbers.
  private func firstValue(_ wide: WideSample, _ taken: Set<Int>, _ options: TableOptions) -> Int {
    var start = wide.numbersFrom
    if options.hasHeader, let run = names.numberedTail, run.count >= 3 { start = max(start, run[0]) }
    // A text far behind is a fault in a row, or a column of text behind the numbers.
    if start >= names.count { start = 0 }
    while taken.contains(start), start + 1 < names.count { start += 1 }
    return start
  }

  /// Finds an id and a class among the columns before the numbers, and before them where these have no names.
  private mutating func takeLeading(
    _ start: Int, _ wide: WideSample, _ known: Set<Int>, _ options: TableOptions, _ taken: inout Set<Int>
  ) {
    func place(_ index: Int) -> String { "column \(names[index].quotedForMessage)" }
    for index in 0..<min(start, wide.columns.count) where !known.contains(index) {
      let column = wide.columns[index]
      let isWhole = column.wholes == column.cells
      if id == nil, column.texts > 0 || isWhole, column.isDistinct(of: wide.rows), wide.rows > 1 {
        id = index
        notes.append(InputNote("\(place(index)) is another in each row and is taken for the id", remedy: .nameID))
      } else if !options.hasHeader, target.isEmpty, options.roles.target == nil, column.texts > 0 || isWhole {
        target = [index]
        notes.append(InputNote("\(place(index)) is taken for the class", remedy: .nameTarget))
      }
    }
    guard start == 0, !options.hasHeader, target.isEmpty, options.roles.target == nil, options.roles.id == nil,
      wide.startsWithClass, !known.contains(0)
    else { return }
    target = [0]
    isClass = true
    taken.insert(0)
    notes.append(
      InputNote(
        "\(place(0)) holds \(wide.columns[0].distinct.counted("whole number")), others fractions, and is taken for the class",
        remedy: .nameTarget))
  }

  private func hasNamedChannels(_ columns: [Int], _ options: TableOptions) -> Bool {
    guard options.hasHeader else { return false }
    return (names.channels(columns)?.count ?? 1) > 1
  }

  /// Names the channels of numbers that stand from a column to the end of the row.
  private mutating func takeNames(_ options: TableOptions, _ resolver: TableLayoutResolver) throws {
    guard let given = options.featureNames else { return }
    guard given.count == 1 || options.channelOrder == .last else {
      throw resolver.fault(
        "\(given.count.counted("feature name")) are given for a row of numbers: say whether the numbers of a timestep stand "
          + "together, or those of a channel", .sayChannels)
    }
    channels = given
  }

  /// Divides columns among channels: by their names, by the names of channels that are given and their order, or one has all.
  private mutating func takeChannels(_ columns: [Int], _ options: TableOptions, _ resolver: TableLayoutResolver) throws
  {
    if options.hasHeader, let found = names.channels(columns), found.count > 1, options.channelOrder == nil {
      values = .columns(found.map(\.columns))
      channels = options.featureNames ?? found.map(\.name)
      guard channels.count == found.count else {
        throw resolver.fault(
          "the feature names are \(channels.listedForMessage), but the columns are numbered as those of "
            + "\(found.count.counted("channel")): \(found.map(\.name).listedForMessage)")
      }
      return
    }
    channels = options.featureNames ?? channels
    guard channels.count > 1 else {
      values = .columns([columns])
      return
    }
    let count = channels.count
    guard let order = options.channelOrder else {
      throw resolver.fault(
        "\(count.counted("feature name")) are given for \(columns.count.counted("column")) of numbers: say whether those of a "
          + "timestep stand together, or those of a channel", .sayChannels)
    }
    guard columns.count % count == 0 else {
      throw resolver.fault(
        "\(count.counted("channel")) are to share \(columns.count.counted("column")) of numbers, which cannot be divided evenly"
      )
    }
    let length = columns.count / count
    values = .columns(
      (0..<count).map { channel in
        (0..<length).map { t in columns[order == .first ? channel * length + t : t * count + channel] }
      })
  }
}

extension WideSample {
  /// Whether the first column holds whole numbers that come again, and others fractions, as a class stands before the numbers
  /// of a sequence.
  var startsWithClass: Bool {
    guard let first = columns.first else { return false }
    return first.cells == rows && first.wholes == rows && first.distinct < rows && first.distinct <= max(2, rows / 2)
      && fractions > 0
  }
}

extension [String] {
  /// The first name that is one of these, in their order and the case of letters aside; `y` is none beside `x`.
  func place(of candidates: [String], where isOpen: (Int) -> Bool = { _ in true }) -> Int? {
    for candidate in candidates where candidate != "y" || !contains(where: { $0.lowercased() == "x" }) {
      if let index = indices.first(where: { self[$0].lowercased() == candidate && isOpen($0) }) { return index }
    }
    return nil
  }

  /// A name as what it begins with and the number that it ends with.
  private static func parts(_ name: String) -> (stem: String, number: Int)? {
    let digits = name.utf8.reversed().prefix { 0x30...0x39 ~= $0 }.count
    guard digits > 0, digits < 10, let number = Int(name.suffix(digits)) else { return nil }
    return (String(name.dropLast(digits)), number)
  }

  /// The places at the end whose names are numbered on, each stem from its own first number: `V2`, `V3`, `V4`.
  var numberedTail: [Int]? {
    var start = count
    var next: [ExactName: Int] = [:]
    while start > 0, let (stem, number) = [String].parts(self[start - 1]) {
      if let next = next[ExactName(stem)], next != number { break }
      next[ExactName(stem)] = number - 1
      start -= 1
    }
    return start < count ? Array<Int>(start..<count) : nil
  }

  /// The channels that columns are numbered as, in the order of the file: `x_0`, `x_1`, `y_0`, `y_1` are x and y. Nil where
  /// a name has no number, or channels have different numbers.
  func channels(_ columns: [Int]) -> [(name: String, columns: [Int])]? {
    var found: [(name: String, columns: [(number: Int, column: Int)])] = []
    var places: [ExactName: Int] = [:]
    for column in columns {
      guard let (stem, number) = [String].parts(self[column]) else { return nil }
      if let place = places[ExactName(stem)] {
        found[place].columns.append((number, column))
      } else {
        places[ExactName(stem)] = found.count
        found.append((stem, [(number, column)]))
      }
    }
    let numbers = found.first?.columns.map(\.number).sorted()
    guard found.allSatisfy({ $0.columns.map(\.number).sorted() == numbers }) else { return nil }
    return found.map { channel in
      let name = String(channel.name.reversed().drop { "_-. [(".contains($0) }.reversed())
      return (name.isEmpty ? "value" : name, channel.columns.sorted { $0.number < $1.number }.map(\.column))
    }
  }
}
