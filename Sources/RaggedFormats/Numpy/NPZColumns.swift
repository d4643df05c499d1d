import RaggedCore

/// The arrays of further columns in an archive, and what they mean.
///
/// `column_names`, `column_kinds`, `column_extents` and `column_roles` say which columns there are; their cells stand side by
/// side in `numbers [N, F]`, `codes [N, C]`, `times [N, K]`, `static_values [B, F]` and `static_codes [B, C]`, the labels of
/// column `i` in `column_i_codes [M]` with `column_i_offsets [B + 1]`, and what the codes of column `i` mean in
/// `column_i_names`. Without names the columns of an array are called after it, and two arrays `x [M]` and
/// `x_offsets [B + 1]` are the labels `x`.
struct NPZColumns {
  /// An array and the columns in it.
  struct Plane {
    var array: NPYStream
    /// The places of its columns among all.
    var columns: [Int]
    var isPerTimestep: Bool
  }

  /// Labels of one column, laid end to end.
  struct List {
    var array, offsets: NPYStream
    /// The place of the column among all.
    var column: Int
  }

  private(set) var columns: [Column] = []
  private(set) var lists: [List] = []
  private(set) var planes: [Plane] = []
  /// What the codes of each column mean, the empty name first; nil for a column of codes without names.
  private var names: [[String]?] = []
  /// Which values of the input were observed.
  private(set) var observed: NPYStream?

  /// Which columns go into which array.
  static let arrays: [(name: String, kind: Column.Kind, extent: Column.Extent)] = [
    ("numbers", .number, .timestep), ("codes", .category, .timestep), ("times", .time, .timestep),
    ("static_values", .number, .sequence), ("static_codes", .category, .sequence),
  ]

  /// - Parameters:
  ///   - cells: `[B, T]` or `[N]`; `[B, -1]` where each sequence is an array of its own.
  ///   - role: of columns of which the archive does not say it.
  /// - Throws: a fatal ``InputError`` where the arrays do not fit each other.
  init(
    _ arrays: NPZArrays, cells: [Int], count: Int, width: Int, role: Column.Role, labels: [String]
  ) throws {
    if let array = try fitting("observed", arrays, cells, width), array.type.isTruthLike { observed = array }
    let told = try arrays.texts("column_names")
    if let told {
      let kinds = try arrays.texts("column_kinds")?.map { Column.Kind(rawValue: $0) } ?? []
      let extents = try arrays.texts("column_extents")?.map { Column.Extent(rawValue: $0) } ?? []
      let roles = try arrays.texts("column_roles")?.map { Column.Role(rawValue: $0) } ?? told.map { _ in role }
      guard kinds.count == told.count, extents.count == told.count, roles.count == told.count else {
        throw arrays.file.fault(
          "names \(told.count.counted("column")), but says the kind of \(kinds.count), the extent of \(extents.count) and "
            + "the role of \(roles.count)")
      }
      for (place, name) in told.enumerated() {
        guard let kind = kinds[place], let extent = extents[place], let role = roles[place] else {
          throw arrays.file.fault("says of column \(name.quotedForMessage) a kind, extent or role that there is not")
        }
        guard extent != .labels || kind == .category else {
          throw arrays.file.fault("says of column \(name.quotedForMessage) that its labels are no categories")
        }
        columns.append(Column(name, kind, per: extent, role: extent == .labels ? .other : role))
      }
    }
    for (name, kind, extent) in NPZColumns.arrays {
      let shape = extent == .timestep ? cells : [count]
      if told != nil {
        let own = columns.indices.filter { columns[$0].kind == kind && columns[$0].extent == extent }
        guard !own.isEmpty else { continue }
        guard let array = try fitting(name, arrays, shape, own.count), NPZColumns.holds(array, kind) else {
          throw arrays.file.fault(
            "names \(own.count.counted("column")) of array \(name.quotedForMessage), which is not there or of another shape"
          )
        }
        planes.append(Plane(array: array, columns: own, isPerTimestep: extent == .timestep))
      } else if let array = try fitting(name, arrays, shape, nil), NPZColumns.holds(array, kind) {
        let found = array.shape.count == shape.count ? 1 : array.shape[shape.count]
        let first = columns.count
        columns += name.numbered(found).map { Column($0, kind, per: extent, role: role) }
        planes.append(Plane(array: array, columns: Array(first..<first + found), isPerTimestep: extent == .timestep))
      }
    }
    try findLabels(arrays, count: count, named: labels, areTold: told != nil)
    for place in columns.indices {
      guard columns[place].kind == .category else {
        names.append([])
        continue
      }
      // Whole numbers that are labels by the names of their arrays alone stand for themselves.
      let standForThemselves = columns[place].extent == .labels && place >= told?.count ?? 0
      names.append(standForThemselves ? nil : try arrays.texts("column_\(place)_names"))
      columns[place].vocabulary = Vocabulary(unit: .words, tokens: [])
    }
  }

  /// Finds the lists of labels: those of the columns that the archive names, and others.
  private mutating func findLabels(
    _ arrays: NPZArrays, count: Int, named labels: [String], areTold: Bool
  ) throws {
    func open(_ name: String, _ offsets: String) throws -> (NPYStream, NPYStream) {
      guard let array = try arrays.open(name, else: []), arrays.first(of: [offsets]) != nil,
        let ends = try arrays.open(offsets, else: [])
      else {
        throw arrays.file.fault(
          "array \(name.quotedForMessage) of labels has no array \(offsets.quotedForMessage) [B + 1] that says where those of "
            + "each sequence begin")
      }
      guard array.shape.count == 1, array.type.isText || array.type.isWhole else {
        throw array.fault("is \(array.words), expected labels [M], text or whole numbers")
      }
      guard ends.shape == [count + 1], ends.type.isWhole else {
        throw ends.fault("is \(ends.words), expected whole numbers [B + 1] = [\(count + 1)]")
      }
      return (array, ends)
    }
    for place in columns.indices where columns[place].extent == .labels {
      let (array, offsets) = try open("column_\(place)_codes", "column_\(place)_offsets")
      lists.append(List(array: array, offsets: offsets, column: place))
    }
    var found = labels
    for name in arrays.names where !areTold && !found.containsExactly(name) {
      let ends = name + "_offsets"
      guard arrays.first(of: [ends]) != nil, try arrays.shape(of: name)?.count == 1,
        try arrays.shape(of: ends) == [count + 1], arrays.unopened.containsExactly(name)
      else { continue }
      found.append(name)
    }
    for name in found {
      let (array, offsets) = try open(name, name + "_offsets")
      columns.append(Column(name, .category, per: .labels, role: .other))
      lists.append(List(array: array, offsets: offsets, column: columns.count - 1))
    }
  }

  /// An array of this name and shape, with `width` columns on one more axis, or one without it.
  private func fitting(_ name: String, _ arrays: NPZArrays, _ shape: [Int], _ width: Int?) throws -> NPYStream? {
    guard arrays.first(of: [name]) != nil, !shape.contains(-1) else { return nil }
    guard let found = try arrays.shape(of: name), found.starts(with: shape), found.count <= shape.count + 1,
      (1...1 << 20).contains(found.count == shape.count ? 1 : found[shape.count]),
      width.map({ $0 == (found.count == shape.count ? 1 : found[shape.count]) }) ?? true
    else { return nil }
    return try arrays.open(name, else: [])
  }

  private static func holds(_ array: NPYStream, _ kind: Column.Kind) -> Bool {
    switch kind {
    case .number: !array.type.isText
    case .category: array.type.isWhole || array.type.isText
    case .time: array.type.isWhole
    }
  }

  /// The cells of a sequence in each column.
  /// - Parameters:
  ///   - bytes: of each plane, those of its real timesteps or of the sequence.
  ///   - labels: of each list, those of the sequence.
  func cells(_ bytes: [[UInt8]], labels: [[UInt8]], missing: MissingNumbers) throws -> [RecordCells] {
    var result = columns.map { _ in RecordCells.numbers([]) }
    for (plane, bytes) in zip(planes, bytes) {
      let (width, type) = (plane.columns.count, plane.array.type)
      func every<Cell>(_ cells: [Cell], _ column: Int) -> [Cell] {
        stride(from: column, to: cells.count, by: width).map { cells[$0] }
      }
      switch columns[plane.columns[0]].kind {
      case .number:
        let numbers = try missing.marked(type.floats(bytes), width: width, nil) { value, t, place in
          RecordFault(
            "array \(plane.array.name.quotedForMessage) is \(value) at row \(t + 1), place \(place + 1), "
              + "expected a finite number")
        }
        for (place, column) in plane.columns.enumerated() { result[column] = .numbers(every(numbers, place)) }
      case .time:
        let times = type.integers(bytes)
        for (place, column) in plane.columns.enumerated() { result[column] = .times(every(times, place)) }
      case .category where type.isText:
        let texts = type.texts(bytes)
        guard !texts.contains(where: { $0 == nil }) else {
          throw RecordFault("array \(plane.array.name.quotedForMessage) holds no valid text")
        }
        for (place, column) in plane.columns.enumerated() {
          result[column] = .categories(Categories(every(texts, place).map { $0 ?? "" }))
        }
      case .category:
        let codes = type.integers(bytes)
        for (place, column) in plane.columns.enumerated() {
          result[column] = .categories(try categories(every(codes, place), column))
        }
      }
    }
    for (list, bytes) in zip(lists, labels) {
      let type = list.array.type
      guard type.isText else {
        let codes = type.integers(bytes)
        result[list.column] = .categories(
          names[list.column] == nil ? Categories(codes.map(String.init)) : try categories(codes, list.column))
        continue
      }
      result[list.column] = .categories(
        Categories(
          try type.texts(bytes).map { text in
            guard let text else {
              throw RecordFault("array \(list.array.name.quotedForMessage) holds no valid text")
            }
            return text
          }))
    }
    return result
  }

  private func categories(_ codes: [Int64], _ column: Int) throws -> Categories {
    guard var names = names[column] else { return Categories(codes.map { $0 == 0 ? "" : String($0) }) }
    if names.isEmpty { names = [""] } else { names[0] = "" }
    return Categories(
      codes: try codes.map { code in
        guard code >= 0, code < names.count else {
          throw RecordFault(
            "its code \(code) in column \(columns[column].name.quotedForMessage) has no name, expected 0 to "
              + "\(names.count - 1)")
        }
        return Int32(code)
      }, names: names)
  }
}
