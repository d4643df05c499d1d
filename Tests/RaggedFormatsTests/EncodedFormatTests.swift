import Foundation
import RaggedFormats
import Testing

/// Tagged tokens, series and attributes in other encodings than UTF-8, and what is said of such files.
@Suite struct EncodedFormatTests {
  private static let files: [(name: String, text: String)] = [
    ("a.conll", "Jürgen B-PER\nwohnt O\n\nKöln B-LOC\n"),
    ("a.conllu", "1\tKöln\tKöln\tPROPN\t_\t_\t0\troot\t_\t_\n\n"),
    ("a.tsf", "@attribute series_name string\n@data\nKöln:1,2.5,?\nJülich:3\n"),
    (
      "a.arff",
      "@relation r\n@attribute x1 numeric\n@attribute x2 numeric\n@attribute o {Köln,Jülich}\n@data\n1,2,Köln\n3,?,Jülich\n"
    ),
  ]

  private func options(_ name: String, _ encoding: TextEncoding) -> any FormatOptions {
    switch name {
    case "a.conll": ConllOptions(encoding: encoding)
    case "a.conllu": ConlluOptions(encoding: encoding)
    case "a.tsf": ForecastOptions(encoding: encoding)
    default: ARFFOptions(encoding: encoding)
    }
  }

  @Test func theEncodingCanBeSaid() throws {
    for (name, text) in Self.files {
      let expected = try readText(name, text)
      #expect(expected.messages == [] && !expected.records.isEmpty, "\(name)")
      let latin = text.unicodeScalars.map { UInt8($0.value) }
      let reading = try withFile(name, latin) { readAll($0, options: options(name, .latin1)) }
      #expect(reading.messages == [] && reading.records == expected.records, "\(name) \(reading.messages)")
      #expect(reading.description == expected.description, "\(name)")
      // Without it, what is no UTF-8 is found out; with a wrong one it is an error and never another text.
      let found = try withFile(name, latin) { readAll($0) }
      #expect(found.messages == [] && found.records == expected.records, "\(name)")
      let wrong = try withFile(name, latin) { readAll($0, options: options(name, .utf8)) }
      #expect(!wrong.messages.isEmpty, "\(name)")
    }
  }

  @Test func howAFileIsWrittenIsSaid() throws {
    for (name, text) in Self.files {
      try withFile(name, text.unicodeScalars.map { UInt8($0.value) }) { path in
        var reader = try FileReader(path)
        let traits = try reader.facts().traits
        let encoding = traits.first { $0.name == "encoding" }
        #expect(encoding?.value == "windows-1252" && encoding?.setting == .encoding, "\(name) \(traits)")
        #expect(traits.contains { $0.name == "delimiter" }, "\(name)")
        // Nothing was read by that.
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == (name == "a.conllu" ? 1 : 2), "\(name)")
      }
    }
  }
}
