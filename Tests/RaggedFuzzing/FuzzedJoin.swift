import Foundation
import Ragged

/// Joins sequences with bytes as the table of what else is known of them.
enum FuzzedJoin {
  private static let sequences = "id,v\n0,1\n0,2\n1,3\n2,4\n"
  private static let settings: [ReaderSettings] = [
    [:], [.noTarget: []], [.joinKey: ["file"], .split: ["split"]], [.target: ["score"], .targetKind: ["values"]],
    [.joinColumns: ["age"], .categories: ["age"]],
  ]

  static func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let path = try scratch.file("x.csv", Array(sequences.utf8))
    for name in ["table.csv", "table.txt"] {
      let table = try scratch.file(name, bytes)
      for asked in settings {
        try tolerating {
          var reader = try FileReader(path, settings: asked.merging([.join: [table]]) { given, _ in given })
          let description = try reader.description()
          _ = try reader.roles()
          var count = 0
          while let record = try reader.next() {
            count += 1
            try law(record.cells.count == description.columns.count, "\(record.cells.count) columns")
            try law((record.target == .none) == (description.target == .none), "a target that is not described")
          }
          _ = try reader.takeNotes()
          try law(count == 3, "\(count) sequences of 3")
        }
      }
    }
  }
}
