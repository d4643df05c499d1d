import RaggedCore

extension Sequential {
  /// The model as Keras' `summary()` prints it: layer, output shape and parameters, then the total.
  public var summary: String {
    let header = Program.SummaryRow(name: "Layer (type)", type: "", shape: "Output Shape", parameters: 0)
    let cells = program.rows.map { row in
      ["\(row.name) (\(row.type))", row.shape, row.parameters.grouped]
    }
    let table = [[header.name, header.shape, "Param #"]] + cells
    let widths = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
    let rule = String(repeating: "─", count: widths.reduce(4, +))
    var lines = table.map { row in
      row[0].padding(to: widths[0]) + "  " + row[1].padding(to: widths[1]) + "  "
        + String(repeating: " ", count: widths[2] - row[2].count) + row[2]
    }
    lines.insert(rule, at: 1)
    lines.append(rule)
    let bytes = Double(parameterCount * MemoryLayout<Float>.stride)
    let kibibytes = (bytes / 1024 * 100).rounded() / 100
    lines.append("Total params: \(parameterCount.grouped) (\(kibibytes) KB)")
    return lines.joined(separator: "\n")
  }
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
