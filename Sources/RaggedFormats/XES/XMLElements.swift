import CXML2
import Foundation
import RaggedCore

/// Takes the elements of an XML text, each with its attributes.
protocol XMLVisitor: AnyObject {
  /// - Parameter line: where the element's tag ends.
  func begin(_ name: ByteSlice, _ attributes: XMLAttributes, line: Int) throws
  func end(line: Int) throws
}

/// The attributes of an element, valid in the call that lends them.
struct XMLAttributes {
  fileprivate let pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
  fileprivate let count: Int

  /// The value of an attribute; nil where there is none of that name.
  subscript(name: StaticString) -> ByteSlice? {
    for index in 0..<count {
      // Name, prefix, namespace, and where the value begins and ends.
      guard let pointers, let found = pointers[index * 5], let start = pointers[index * 5 + 3],
        let end = pointers[index * 5 + 4]
      else { continue }
      let length = strlen(found)
      if name.utf8CodeUnitCount == length, memcmp(found, name.utf8Start, length) == 0 {
        return ByteSlice(base: start, count: end - start)
      }
    }
    return nil
  }
}

/// Gives the elements of an XML text, which comes piece by piece, to a visitor: libxml2, without entities of the text's own,
/// without files beside it, and without a tree. A class, since libxml2 calls it back.
final class XMLElements {
  private let visitor: any XMLVisitor
  private var parser: xmlParserCtxtPtr?
  private let file: String
  private var failure: (any Error)?
  private var hasBytes = false
  private var hasElement = false
  private var openElements = 0
  private static let isReady: Bool = {
    xmlInitParser()
    return true
  }()

  init(_ visitor: any XMLVisitor, file: String) throws {
    (self.visitor, self.file) = (visitor, file)
    _ = XMLElements.isReady
    var handler = xmlSAXHandler()
    handler.initialized = UInt32(XML_SAX2_MAGIC)
    handler.startElementNs = { context, name, _, _, _, _, count, _, attributes in
      guard let name, let elements = XMLElements.from(context) else { return }
      elements.hasElement = true
      elements.openElements += 1
      elements.visit {
        try $0.begin(
          ByteSlice(base: name, count: strlen(name)), XMLAttributes(pointers: attributes, count: Int(count)), line: $1)
      }
    }
    handler.endElementNs = { context, _, _, _ in
      guard let elements = XMLElements.from(context) else { return }
      elements.openElements -= 1
      elements.visit { try $0.end(line: $1) }
    }
    // Entities may make much of little, or lead out of the file.
    handler.internalSubset = { context, _, _, _ in
      XMLElements.from(context)?.visit { _, _ in throw XMLRefusal() }
    }
    parser = xmlCreatePushParserCtxt(&handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    guard let parser else { throw InputError(file: file, problem: "there is no memory to read XML", isFatal: true) }
    // Character references stand for characters in attributes too.
    let options =
      XML_PARSE_NOENT.rawValue | XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue
      | XML_PARSE_NOWARNING.rawValue
    _ = xmlCtxtUseOptions(parser, Int32(options))
  }

  deinit {
    guard let parser else { return }
    if let document = parser.pointee.myDoc { xmlFreeDoc(document) }
    parser.pointee.myDoc = nil
    xmlFreeParserCtxt(parser)
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> XMLElements? {
    context.map { Unmanaged<XMLElements>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The line that was read last.
  private var line: Int { Int(xmlSAX2GetLineNumber(parser)) }

  private func visit(_ body: (any XMLVisitor, Int) throws -> Void) {
    guard failure == nil else { return }
    do { try body(visitor, line) } catch is XMLRefusal {
      failure = InputError(
        file: file, line: line, problem: "declares a document type, which is not read: expected elements alone",
        isFatal: true)
    } catch {
      failure = error
    }
    if failure != nil { xmlStopParser(parser) }
  }

  /// Reads the next piece.
  /// - Throws: what the visitor threw, or ``InputError`` where the text is no XML.
  func read(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) throws {
    if let failure { throw failure }
    hasBytes = hasBytes || !bytes.isEmpty
    let code = bytes.withMemoryRebound(to: CChar.self) { bytes in
      xmlParseChunk(parser, bytes.baseAddress, Int32(clamping: bytes.count), isLast ? 1 : 0)
    }
    if let failure { throw failure }
    guard code != 0, let error = xmlCtxtGetLastError(parser) else { return }
    // Namespaces that are not declared and the like are no fault of the text.
    guard error.pointee.level == XML_ERR_FATAL else { return }
    let said = error.pointee.message.map { String(cString: $0) } ?? "error \(code)"
    let isCut = openElements > 0 && code == XML_ERR_DOCUMENT_END.rawValue
    let problem =
      if !hasBytes {
        "the file is empty"
      } else if !hasElement {
        "is no XML"
      } else if isCut {
        "ends before its elements do"
      } else {
        "is no whole XML: \(said.split(separator: "\n").joined(separator: " "))"
      }
    let place = hasElement && error.pointee.line > 0 ? Int(error.pointee.line) : nil
    let fault = InputError(file: file, line: place, problem: problem, isFatal: true)
    failure = fault
    throw fault
  }
}

private struct XMLRefusal: Error {}
