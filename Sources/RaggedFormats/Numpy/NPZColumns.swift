import RaggedCore

/// The arrays of further columns in an archive, and what they mean.
///
/// `column_names`, `column_kinds`, `column_extents` and `column_roles` say which columns there are; their cells stand side by
/// side in `numbers [N, F]`, `codes [N, C]`, `times [N, K]`, `static_values [B, F]` and `static_codes [B, C]`, and what the
/// codes of column `i` mean in `column_i_names`. Without names the columns of an array are called after it.
struct NPZColumns {
  /// An array and the columns in it.
  struct Plane {
    var array: NPYStream
    /// The places of its columns among all.
    var columns: [Int]
    var isPerTimestep: Bool
  }

  private(set) var columns: [Column] = []
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
  init(_ arrays: NPZArrays, cells: [Int], count: Int, width: Int, role: Column.Role) throws {
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
        columns.append(Column(name, kind, per: extent, role: role))
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
    for place in columns.indices {
      names.append(columns[place].kind == .category ? try arrays.texts("column_\(place)_names") : [])
      if columns[place].kind == .category { columns[place].vocabulary = Vocabulary(unit: .words, tokens: []) }
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
  /// - Parameter bytes: of each plane, those of its real timesteps or of the sequence.
  func cells(_ bytes: [[UInt8]], missing: MissingNumbers) throws -> [RecordCells] {
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
