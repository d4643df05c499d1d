/// Makes the tree of fields of the schema's lines, heeding the rules by which older writers' lists are understood
/// (LogicalTypes.md of the Parquet format, "Backward-compatibility rules").
struct SchemaBuilder {
  /// A line and the lines under it.
  private struct Node {
    let element: SchemaElement
    var children: [Node] = []

    var isRepeated: Bool { element.repetition == .repeated }
    var isGroup: Bool { element.type == nil }
  }

  /// What lies above a field: optional fields in each list that is complete, and since then.
  private struct Above {
    var path: [String] = []
    var complete: [Int] = []
    var optional = 0

    /// Within a list whose field this is.
    func inList() -> Above { Above(path: path, complete: complete + [optional], optional: 0) }
    func under(_ name: String) -> Above { Above(path: path + [name], complete: complete, optional: optional) }
  }

  private let int96: ParquetInt96
  private var columns: [ParquetColumn] = []

  private init(int96: ParquetInt96) { self.int96 = int96 }

  /// - Throws: ``ParquetError`` where the lines make no tree.
  static func schema(_ elements: [SchemaElement], _ options: ParquetOptions) throws -> ParquetSchema {
    guard let first = elements.first, first.type == nil else {
      throw ParquetError.damaged("its schema has no root")
    }
    var next = 0
    let root = try node(elements, &next, depth: 0, options.limits)
    guard next == elements.count else {
      throw ParquetError.damaged("its schema has \(elements.count) lines, of which the root holds \(next)")
    }
    var builder = SchemaBuilder(int96: options.int96)
    let fields = try root.children.map { try builder.field($0, Above()) }
    return ParquetSchema(fields: fields, columns: builder.columns)
  }

  private static func node(
    _ elements: [SchemaElement], _ next: inout Int, depth: Int, _ limits: ParquetLimits
  ) throws -> Node {
    // A level, of which each group has one at most, is kept in 8 bits.
    let deepest = min(limits.schemaDepth, 200)
    guard depth <= deepest else {
      throw ParquetError.limit("its schema nests groups more than \(deepest) deep")
    }
    let element = elements[next]
    next += 1
    guard element.type == nil else {
      guard (element.childCount ?? 0) == 0 else {
        throw ParquetError.damaged("\"\(element.name)\" has both a type and \(element.childCount ?? 0) children")
      }
      return Node(element: element)
    }
    let count = element.childCount ?? 0
    guard count >= 0, count <= elements.count - next else {
      throw ParquetError.damaged(
        "group \"\(element.name)\" has \(count) children, and \(elements.count - next) lines of the schema are left")
    }
    guard count > 0 || depth == 0 else {
      throw ParquetError.unsupported("group \"\(element.name)\" has no fields, which is not supported")
    }
    var made = Node(element: element)
    for _ in 0..<count {
      guard next < elements.count else {
        throw ParquetError.damaged("group \"\(element.name)\" has \(count) children, and the schema ends before them")
      }
      made.children.append(try node(elements, &next, depth: depth + 1, limits))
    }
    return made
  }

  /// The field of a node. `isElement` is of a repeated node that stands for an element of its list: it is there.
  private mutating func field(_ node: Node, _ above: Above, isElement: Bool = false) throws -> ParquetField {
    let element = node.element
    if node.isRepeated && !isElement {
      let content = ParquetField.Content.list(try field(node, above.inList(), isElement: true))
      return made(element.name, false, content, above)
    }
    var own = above.under(element.name)
    let isOptional = element.repetition == .optional
    if isOptional { own.optional += 1 }
    return made(element.name, isOptional, try content(node, own), own)
  }

  private func made(
    _ name: String, _ isOptional: Bool, _ content: ParquetField.Content, _ own: Above
  ) -> ParquetField {
    ParquetField(
      name: name, isOptional: isOptional, content: content, listDepth: own.complete.count,
      optionalRank: own.optional)
  }

  private mutating func content(_ node: Node, _ own: Above) throws -> ParquetField.Content {
    if let type = node.element.type {
      let column = try ParquetColumn(
        index: columns.count, path: own.path, element: node.element, type: type,
        optionalFields: own.complete + [own.optional], int96: int96)
      columns.append(column)
      return .column(column.index)
    }
    switch node.element.logical {
    case .list:
      guard node.children.count == 1, node.children[0].isRepeated else {
        throw malformed(own, "LIST", "one field, which is repeated", node)
      }
      return .list(try listElement(node.children[0], of: node.element.name, own.inList()))
    case .map where node.children.count == 1 && node.children[0].isRepeated && node.children[0].isGroup:
      let pair = node.children[0]
      guard pair.children.count <= 2 else { throw malformed(own, "MAP", "pairs of a key and a value", pair) }
      let inner = own.inList().under(pair.element.name)
      let key = try field(pair.children[0], inner)
      return pair.children.count == 1 ? .list(key) : .map(key: key, value: try field(pair.children[1], inner))
    case .map where !node.element.isMapKeyValue:
      throw malformed(own, "MAP", "one field, a repeated group", node)
    default:
      return .record(try node.children.map { try field($0, own) })
    }
  }

  /// The element of a list whose repeated field is `repeated`.
  private mutating func listElement(_ repeated: Node, of list: String, _ inner: Above) throws -> ParquetField {
    let isElement =
      repeated.children.count != 1 || repeated.children[0].isRepeated || repeated.element.name == "array"
      || repeated.element.name == list + "_tuple" || repeated.element.logical == .list
      || repeated.element.logical == .map
    return isElement
      ? try field(repeated, inner, isElement: true)
      : try field(repeated.children[0], inner.under(repeated.element.name))
  }

  private func malformed(_ own: Above, _ kind: String, _ expected: String, _ node: Node) -> ParquetError {
    ParquetError(
      .damaged,
      "is annotated \(kind) and has the fields "
        + node.children.map { "\($0.element.repetition) \"\($0.element.name)\"" }.joined(separator: ", ")
        + ", expected \(expected)", ParquetPlace(column: own.path.joined(separator: ".")))
  }
}
