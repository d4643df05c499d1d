import Foundation

/// Where a file stands among those that are read together: what its path says of the sequences in it.
public struct FilePlace: Sendable, Equatable {
  /// The path below the folder that all the files have in common, without the endings that say the format:
  /// `walk/rec01`. No two different files have the same: where the endings alone tell them apart, they stay.
  public let path: String
  /// The file's name without folders and without these endings: `rec01`.
  public let name: String
  /// The folders on its way that not all files have in common, outermost first: `walk`.
  public let folders: [String]
  /// The last folder that all files have in common; nil for standard input and in the root.
  public let commonFolder: String?
  /// The number of files that are read together, this one among them.
  public let fileCount: Int

  /// Where each of some files stands, in their order. O(length of the paths).
  /// - Parameter paths: as the user gave them; `-` is standard input, which lies in no folder.
  public static func places(of paths: [String]) -> [FilePlace] {
    let ways = paths.map { path -> [String] in
      path == "-" ? [] : URL(fileURLWithPath: path).standardizedFileURL.pathComponents.filter { $0 != "/" }
    }
    let folders = ways.filter { !$0.isEmpty }.map { $0.dropLast() }
    var common = folders.first ?? []
    for folder in folders { common = common.prefix(zip(common, folder).prefix { $0 == $1 }.count) }
    let names = paths.map { InputSource($0).stem }
    let stems = zip(ways, names).map { way, name in
      (way.dropFirst(common.count).dropLast() + [name]).joined(separator: "/")
    }
    // The same file given twice is one that has the same name.
    var files: [String: Set<[String]>] = [:]
    for (stem, way) in zip(stems, ways) { files[stem, default: []].insert(way) }
    return paths.indices.map { index in
      let way = ways[index]
      let isAlone = files[stems[index]].map { $0.count == 1 } ?? true
      return FilePlace(
        path: isAlone ? stems[index] : way.dropFirst(common.count).joined(separator: "/"), name: names[index],
        folders: Array(way.dropFirst(common.count).dropLast()), commonFolder: way.isEmpty ? nil : common.last,
        fileCount: paths.count)
    }
  }
}

extension FilePlace {
  /// The split that a folder of this name stands for; nil for any other name.
  static func split(named folder: String) -> String? {
    switch folder.lowercased() {
    case "train", "training": "train"
    case "validation", "val", "valid", "dev": "validation"
    case "test", "testing": "test"
    default: nil
    }
  }

  /// The folders from the file outwards, as far as they may be meant.
  private var outwards: [String] { folders.reversed() + [commonFolder].compactMap { $0 } }

  /// The split that the folders say: that of the nearest one which is called as a split is, or else the name of the
  /// nearest that does not say the class; nil where there is none.
  func split(withClass hasClass: Bool) -> String? {
    if let known = outwards.lazy.compactMap(FilePlace.split).first { return known }
    return outwards.dropFirst(hasClass ? 1 : 0).first
  }

  /// The class that the folders say: the name of the nearest one that does not say the split; nil where there is none.
  func folderClass(withSplit hasSplit: Bool) -> String? {
    hasSplit ? outwards.first { FilePlace.split(named: $0) == nil } : outwards.first
  }
}
