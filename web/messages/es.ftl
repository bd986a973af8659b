# Español. Un mensaje por línea o párrafo; { $n } es un valor que pone la página.
# Sintaxis: https://projectfluent.org/fluent/guide/ (texto, valores, plurales).
# Una prueba falla si falta un mensaje en un idioma, si sobra o si pide otros valores.

brand = Tablón
page-title = { $board } · #{ $n } · Tablón
skip = Saltar al tablón
language = Idioma
theme = Tema
theme-system = como el sistema
theme-light = claro
theme-dark = oscuro
on = Sí
off = No
you = tú
close = Cerrar
cancel = Cancelar
dismiss = Descartar
copy = Copiar
copied = Copiado
copy-by-hand = El navegador no dejó copiar a la página. El texto está seleccionado: pulsa Ctrl+C.

## Lugares

places = Lugares
place-board = Tablón
place-blocks = Bloques
place-map = La red
place-map-short = Red
place-wall = Mural
my-node = Mi nodo

## Conexión

connection-opening = Abriendo el nodo…
connection-connecting = Buscando a otros…
connection-alone = Solo tú
connection-offline = Sin conexión
connection-stopped = Nodo parado
connection-peers = { $n ->
    [one] { $n } nodo conectado
   *[other] { $n } nodos conectados
}
node-opening = El nodo está abriendo su almacén…
node-stopped = El nodo no funciona; la razón está arriba.

## Cantidades

duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
duration-days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}
ago = hace { $time }
ago-now = ahora mismo
size-bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
}
size-kilobytes = { $n } kB
size-megabytes = { $n } MB
size-gigabytes = { $n } GB
rate-hashes = { $n } H/s
rate-kilohashes = { $n } kH/s
rate-megahashes = { $n } MH/s
rate-gigahashes = { $n } GH/s

## Escribir

compose-message = Tu nota
compose-answer = Tu respuesta
compose-hint = ¿Qué debería leer todo el mundo? Una nota clavada ya no se puede retirar.
compose-name = Nombre
compose-name-hint = opcional
compose-topic = Tema
compose-topic-open = Añadir un tema
compose-remaining = { $n ->
    [one] queda { $n } byte
   *[other] quedan { $n } bytes
}
compose-too-long = { $n ->
    [one] Sobra { $n } byte: acorta la nota o publícala en dos partes.
   *[other] Sobran { $n } bytes: acorta la nota o publícala en dos partes.
}
compose-stamping = Calculando el sello…
compose-stamping-more = Hay muchas notas en espera: el sello lleva unas { $times } veces el trabajo habitual…
compose-posted = Publicada. Espera un bloque.
post = Publicar
post-answer = Responder

## Notas

notes = Notas
notes-count = { $n ->
    [0] sin notas
    [one] { $n } nota
   *[other] { $n } notas
}
nameless = sin nombre
nameless-key = sin nombre ({ $key })
reply = Responder
take-away = Quitar
unfold = Mostrar la nota entera
confirmations = { $n ->
    [one] { $n } confirmación
   *[other] { $n } confirmaciones
}
block-number = bloque n.º { $n }
note-pending = espera un bloque
note-unverified = sin comprobar aún
note-loosened-short = se soltó, vuelve a esperar
note-loosened = La rama con el bloque de esta nota perdió frente a otra con más trabajo. La nota no se ha perdido: espera un bloque nuevo.
note-dropped-short = no publicada
note-dropped = Esta pestaña descartó la nota. Copia el texto y publícalo otra vez si aún importa.
seal-now = Sellar ahora
seal-now-what = Mina aquí hasta que esté en un bloque, y luego para.
seal-stop = Parar
sealing = Minando: unos { $tries } intentos de media, { $percent } % probable a estas alturas.
nobody-mines = Nadie está minando, así que nada se sella. Quien quiera minar encuentra el interruptor en
note-answers = responde a { $name }
note-elsewhere = una nota más antigua
replies-folded = { $n ->
    [one] Mostrar { $n } respuesta anterior
   *[other] Mostrar { $n } respuestas anteriores
}
new-notes = { $n ->
    [one] { $n } nota nueva
   *[other] { $n } notas nuevas
}
heard = { $n ->
    [one] { $n } nota nueva en el tablón
   *[other] { $n } notas nuevas en el tablón
}
topics = Temas
topics-all = Todas
topic-only = Solo notas sobre { $topic }
board-empty = Aquí no hay nada clavado todavía. Escribe la primera nota.
board-empty-topic = Ninguna de las notas cargadas tiene este tema. Carga otras más antiguas o elige «Todas».
board-fetching = Las notas anteriores llegan a medida que se pide y comprueba la cadena.
older-load = Cargar notas anteriores
older-loading = Cargando notas anteriores…
older-none = Esta es la nota más antigua del tablón.

## Tira de bloques y bloques

strip = La cadena
strip-blocks = El próximo bloque y los últimos, del más nuevo al más viejo
next-block = Próximo bloque
next-number = Próximo: { $n }
next-pending = { $n ->
    [0] nada espera
    [one] { $n } en espera
   *[other] { $n } en espera
}
next-expected = en unos { $time }
next-opening = abriendo…
next-stopped = nodo parado
next-unmeasured = midiendo la tasa
next-nobody = nadie está minando
next-nothing = nada que minar
next-share = tu parte: { $percent } %
next-mining = estás minando
next-not-mining = no estás minando
all-blocks = Todos los bloques
block = Bloque
block-index = #{ $n }
genesis = génesis
fork = { $n ->
    [one] { $n } bloque perdió frente a una rama con más trabajo sobre el n.º { $height }
   *[other] { $n } bloques perdieron frente a una rama con más trabajo sobre el n.º { $height }
}
fork-title = Una rama que perdió
fork-blocks = Bloques de la rama que perdió, del más nuevo al más viejo
blocks-title = Todos los bloques
blocks-lead = { $n ->
    [one] { $n } bloque hasta ahora, guardado entero en esta pestaña.
   *[other] { $n } bloques, guardados enteros en esta pestaña, hasta el génesis.
}
forks-title = Ramas
forks-lead = { $n ->
    [one] { $n } rama fuera de la mejor cadena en las últimas { $heights } alturas. El bloque más nuevo está a la izquierda.
   *[other] { $n } ramas fuera de la mejor cadena en las últimas { $heights } alturas. El bloque más nuevo está a la izquierda.
}
forks-none = { $n ->
    [one] Ninguna rama: el génesis es el único bloque.
   *[other] Ninguna rama en las últimas { $n } alturas: cada bloque conocido sigue al anterior.
}
forks-more = Y { $n } más, sin dibujar.
forks-drawing = Árbol de los últimos bloques, el más nuevo a la izquierda
forks-best = Bloque n.º { $n }, en la cadena
forks-stale = Bloque n.º { $n }, perdió: su rama tiene menos trabajo
forks-header = Bloque n.º { $n }, solo se conoce su cabecera
forks-legend-best = en la cadena
forks-legend-stale = perdió: menos trabajo
forks-legend-header = solo se conoce la cabecera
forks-branch = { $n ->
    [one] { $n } bloque tras el n.º { $height }:
   *[other] { $n } bloques tras el n.º { $height }:
}
forks-branch-older = { $n ->
    [one] { $n } bloque, el n.º { $height }, de una rama más antigua:
   *[other] { $n } bloques desde el n.º { $height }, de una rama más antigua:
}
forks-less-work = perdió, porque la cadena tiene más trabajo que esta rama.
forks-less-work-unread = perdió, con menos trabajo que la cadena, así que solo se pidieron cabeceras.
forks-fetching = se está pidiendo.
forks-open = Ver el bloque n.º { $n }
column-age = Edad
pages = Páginas
page-newest = Más nuevos
page-newer = Posteriores
page-older = Anteriores
to-genesis = Hasta el génesis

## Un bloque

block-title = Bloque n.º { $n }
block-loading = Pidiendo el bloque al nodo…
block-confirmed = { $n ->
    [one] En la cadena, { $n } confirmación.
   *[other] En la cadena, { $n } confirmaciones.
}
block-lost = Este bloque no está en la cadena: otra rama tiene más trabajo. Sus notas volvieron a esperar, salvo que la otra rama también las tenga.
block-is-genesis = El primer bloque. Se deduce solo de los parámetros del tablón, así que cada pestaña lo calcula por sí misma; nadie lo minó.
block-steps = Bloques anterior y siguiente
block-before = ← El bloque anterior
block-after = El bloque siguiente →
zero-bits = { $n ->
    [one] { $n } bit cero
   *[other] { $n } bits cero
}
zero-bits-value = { $bits }; hacían falta al menos { $needed }
block-size = Tamaño
header-title = Los 80 bytes de los que se sacó el hash
header-lead = Todo lo que es este bloque se sigue de estos bytes. Debajo de cada valor están sus bytes tal como entraron en el hash: el menos significativo primero.
header-range = bytes { $from }–{ $to }
header-missing = El nodo no envió los 80 bytes de esta cabecera, así que la página no puede comprobar el hash.
header-recomputed = SHA-256, dos veces, sobre estos 80 bytes, calculado ahora mismo en esta página:
header-agrees = Es el hash del bloque.
header-differs = No es el hash que el nodo dio para este bloque. No te fíes de este bloque.
toy-title = Prueba otro nonce
toy-less = Uno menos
toy-more = Uno más
toy-reset = Volver al del minero
toy-own = Este es el nonce que encontró el minero.
toy-short = { $bits } bits cero al principio; hacen falta al menos { $needed }. Cualquier nodo rechazaría este bloque.
toy-maybe = { $bits } bits cero al principio, hacen falta al menos { $needed }: quizá has encontrado otro nonce válido.
notes-in-block = { $n ->
    [0] Sin notas
    [one] { $n } nota
   *[other] { $n } notas
}
block-empty = Nadie había publicado: el minero selló un bloque vacío, que aun así añade trabajo a la cadena.
block-genesis-empty = El génesis nunca tiene notas.

## Mi nodo

chain-title = Cadena
tip = Último bloque
pending-title = En espera
storage-durable = { $size } en disco
storage-recovered = El almacén anterior estaba dañado y se apartó; la cadena se pidió de nuevo.
storage-memory = solo en memoria
storage-failed = — y ahora no se puede guardar nada más.
resynchronise = Resincronizar
resynchronise-asking = Preguntando…
resynchronise-asked = { $n ->
    [one] Se pidió su cadena a { $n } par.
   *[other] Se pidió su cadena a { $n } pares.
}
resynchronise-alone = Ningún par conectado; buscando alguno.
board-title = Este tablón
board-name = Nombre
board-link = Enlace a este tablón
relay-connecting = conectando…
relay-connected = conectado
relay-away = sin respuesta; reintento en { $time }
slot = Nodo { $n } de este navegador.

## Minería

mining-off = Parada. Las notas solo se clavan mientras alguien mina.
mining-on = En marcha: probando nonces para el próximo bloque.
mining-nothing = Nada que minar: ninguna nota espera. Empezará sola cuando llegue una.
mining-syncing = Espera a tener la cadena.
mining-store-failed = No se mina: ahora no se puede guardar nada.
threads = Hilos
threads-fewer = Un hilo menos
threads-more = Un hilo más
threads-beyond = { $n ->
    [one] Este equipo dice tener { $n } núcleo: más hilos no irán más rápido.
   *[other] Este equipo dice tener { $n } núcleos: más hilos que esos no irán más rápido.
}
duty = Intensidad
duty-value = { $percent } %
duty-cost = { $percent ->
    [100] Cada hilo prueba nonces todo el tiempo. Con menos hay menos calor y ruido, y en proporción menos bloques.
   *[other] Cada hilo prueba nonces el { $percent } % del tiempo y descansa entretanto: la misma parte de la energía y de los bloques.
}
kernel = Método
mining-low-battery = Descansa: la batería está casi vacía. Seguirá al enchufar el cargador.
mining-hidden = Descansa: este equipo va con batería y nadie mira la pestaña.
mine-only-pending = Solo cuando haya algo pendiente
mine-on-gpu = Minar también con la tarjeta gráfica
gpu-cost = El procesador gráfico prueba nonces además de los hilos, la misma parte del tiempo. Gasta energía propia: unos vatios en un teléfono, cientos en algunos equipos.
rate-history = Ritmo de hashes en los dos últimos minutos
blocks-found = Bloques de esta pestaña
difficulty-value = { $bits } bits cero (≈ { $tries } intentos)
energy-on = { $n ->
    [one] Uno de { $cores } núcleos trabaja. Una página no puede medir la potencia: unos { $low }-{ $high } vatios más que en reposo (estimación).
   *[other] { $n } de { $cores } núcleos trabajan. Una página no puede medir la potencia: unos { $low }-{ $high } vatios más que en reposo (estimación).
}
energy-off = { $n ->
    [one] Minar ocuparía uno de { $cores } núcleos: unos { $low }-{ $high } vatios más que en reposo (estimación), y calor.
   *[other] Minar ocuparía { $n } de { $cores } núcleos: unos { $low }-{ $high } vatios más que en reposo (estimación), y calor.
}

## Pares

peers-title = { $n ->
    [one] { $n } nodo conectado
   *[other] { $n } nodos conectados
}
peers-none = Ninguna otra pestaña está conectada. Los bloques y las notas se quedan aquí hasta que haya una.
peers-map = Ver la red dibujada
peers-gone = Se fueron hace poco
link-broadcast = mismo navegador
link-broadcast-about = dos pestañas de un navegador, sin ninguna red entre ellas.
link-webrtc = directo
link-webrtc-about = de navegador a navegador, cifrado.
link-turn = por un servidor TURN
link-turn-about = un servidor pasa lo que un cortafuegos pararía; no puede leerlo.
link-websocket = nodo público
link-websocket-about = un nodo en un servidor, con dirección propia.
link-tunnel = por el relé
link-tunnel-about = sellado, para que el relé no pueda leerlo; solo donde no sirve otra cosa.
link-local = simulado
link-local-about = dentro de un solo programa, para pruebas.
peer-connecting = conectando
peer-greeting = saludando
peer-connected = conectado
peer-height = en el n.º { $n }
round-trip = { $n } ms

## A solas

seeking = Buscando a otros en este tablón…
alone-title = Aquí no hay nadie más
unreached-title = Hay otros aquí, pero no se llega a ellos
unreached-lead = No se abre ningún enlace entre sus redes y la tuya. Se sigue intentando; puede ayudar enlazar a mano, otra red, o un servidor TURN de quien aloja el tablón.
alone-lead = Abre esta dirección en otra pestaña o mándasela a alguien: cada pestaña que la abre se vuelve un nodo de este tablón.
alone-offline = No se alcanza ningún relé y ninguna otra pestaña está conectada. Puedes escribir y minar igualmente; tus notas viajarán en cuanto se alcance a alguien.
alone-tab = Abrir otra pestaña
alone-localhost = «localhost» es solo este equipo. Para que otros entren, abre la página con una dirección a la que ellos también lleguen.
qr-label = Código QR del enlace a este tablón

## La red dibujada

map-lead = Lo que este nodo puede ver: él mismo en el centro, sus pares alrededor y, en torno a estos, los nodos con los que dicen estar enlazados.
map-few = { $n ->
    [one] Aún no sabe de ningún otro nodo.
   *[other] Sabe de { $n } nodos, contando con él. Tan pocos pueden estar todos enlazados entre sí; a partir de cuatro, nadie está enlazado con todos.
}
map-many = Sabe de { $n } nodos, contando con él, y está enlazado con { $peers } de ellos. Busca { $aim } pares y acepta { $most } como mucho: nadie está enlazado con todos, así que ningún nodo ve a todos los demás ni puede aislarlos.
map-drawing = Dibujo de este nodo, sus pares y los pares de estos; la lista de abajo dice lo mismo con palabras
map-point = Señala un nodo, o ve a él con la tecla Tab, para leer aquí sobre él.
map-gone = Ese nodo ya no está.
map-own = { $n ->
    [one] Este nodo, { $key }: en el n.º { $height }, enlazado con { $n } par.
   *[other] Este nodo, { $key }: en el n.º { $height }, enlazado con { $n } pares.
}
map-peer = Par { $key }
map-other = Nodo { $key }, par de un par
map-other-by = Sin enlace con este nodo. Según { $peers }.
map-link = Enlace
map-state = Estado
map-sent = Enviado
map-received = Recibido
map-bytes = { $sent } enviados, { $received } recibidos
map-clock = Su reloj
map-clock-same = igual que aquí
map-clock-off = { $way ->
    [behind] { $time } atrasado
   *[ahead] { $time } adelantado
}
map-linked = Enlazado con
map-linked-none = nadie más
map-legend = Cómo se dibujan los enlaces
map-legend-told = un enlace entre otros dos, según cuenta uno de ellos.
map-legend-pulse = pasa un bloque (grueso), o una nota o un pago (fino).
map-passed = { $what ->
    [block] Lo último: un bloque
   *[post] Lo último: una nota o un pago
} que vino de { $key } y { $n ->
    [0] no hizo falta pasar a nadie.
    [one] siguió a { $n } par.
   *[other] siguió a { $n } pares.
}
map-passed-own = { $what ->
    [block] Lo último: un bloque
   *[post] Lo último: una nota o un pago
} de este nodo, que { $n ->
    [0] no fue a nadie: no hay ningún par.
    [one] fue a { $n } par.
   *[other] fue a { $n } pares.
}
map-passed-count = ({ $n } desde que se abrió la página)
map-passed-none = No ha pasado nada desde que se abrió la página. Cuando pase un bloque o una nota, correrá por los enlaces.
map-list = Pares

## Conectar a mano

addresses = Quién averigua tu dirección de red
addresses-lead = Para enlazarse, las pestañas se dicen las direcciones de red de sus equipos. Por eso cualquiera de este tablón puede averiguar la tuya, que revela más o menos dónde estás y cuál es tu proveedor. Quien lleva el relé la ve en todo caso.
relay-only = Enlaces solo por el relé
relay-only-off = No: los enlaces son directos cuando se puede, lo más rápido y sin ningún servidor en medio.
relay-only-on = Sí, en todos tus tablones: los demás ven la dirección del relé en vez de la tuya. Los enlaces son más lentos y, si el relé no lleva ninguno, esta pestaña solo llega a otras de este navegador.
alone-relay-only = Has elegido enlaces solo por el relé, y puede que este relé no lleve ninguno.
alone-relay-only-change = Cambiarlo
by-hand = Conectar a mano
by-hand-lead = Dos pestañas pueden enlazarse sin que nadie las presente: dos personas llevan un texto de ida y otro de vuelta, por correo, chat o una memoria USB.
by-hand-why = Si no, de eso se encarga el relé.
by-hand-first = 1. Una de las dos crea una invitación
by-hand-first-about = Envíala a la otra persona. Vale para una sola persona y mientras esta pestaña siga abierta.
by-hand-invite = Crear una invitación
by-hand-inviting = Creándola: tarda unos segundos…
by-hand-invitation = Tu invitación: envía esto
by-hand-second = 2. La otra la pega y devuelve la respuesta
by-hand-second-about = Pega lo que te llegó y la respuesta aparecerá debajo.
by-hand-field = Lo que te envió la otra persona
by-hand-take = Aceptar
by-hand-taking = Leyéndolo: tarda unos segundos…
by-hand-answer = Tu respuesta: devuelve esto
by-hand-third = 3. La primera pega la respuesta
by-hand-third-about = En el mismo campo. Entonces las dos pestañas se encuentran; ambas deben seguir abiertas.
by-hand-empty = Pega antes lo que te envió la otra persona.
by-hand-answering = Devuelve la respuesta. En cuanto la peguen allí, quedaréis enlazados.
by-hand-opening = La respuesta encaja. Se está abriendo el enlace…
by-hand-linked = Enlazados: hay un par nuevo.

## Avisos

fatal = El nodo no funciona. Recarga la página; si no basta, cierra otras pestañas de este tablón o prueba otro navegador.
fatal-retry = El nodo se paró y se está arrancando de nuevo.
lacks = A este navegador le falta { $feature }. Partes de la página no funcionarán; un Firefox, Chrome, Edge o Safari actual lo tiene.
lacks-webrtc = A este navegador le falta WebRTC (o una extensión lo prohíbe), así que esta pestaña solo conecta con pestañas de este navegador y, despacio, a través del relé.
lacks-workers = A este navegador le faltan los web workers, en los que corre el nodo. Usa un Firefox, Chrome, Edge o Safari actual.
lacks-opfs = A este navegador le faltan los archivos privados (OPFS): la cadena queda en memoria y se pierde al cerrar esta pestaña.
lacks-simd = A este navegador le falta WebAssembly SIMD: se puede minar, pero varias veces más despacio.
sync-title = Descargando la cadena
sync-short = Descargando bloques
sync-of = { $have } de { $want }
sync-count = { $have } de { $want } bloques
sync-measuring = midiendo la velocidad…
sync-speed = { $rate } por segundo
sync-left = faltan unos { $time }
clock-off = { $way ->
    [behind] El reloj de este equipo va unos { $time } atrasado respecto a lo que dicen { $n } pares.
   *[ahead] El reloj de este equipo va unos { $time } adelantado respecto a lo que dicen { $n } pares.
}
clock-corrected = Mientras tanto, el tablón va con la hora de ellos.
clock-uncorrected = Hasta que esté bien, puede que bloques buenos tengan que esperar y que otros rechacen los tuyos.
clock-mend = Para arreglarlo, activa «ajustar la hora automáticamente» en los ajustes de fecha y hora de este equipo.
memory-banner = La cadena está solo en memoria y se pierde al cerrar esta pestaña.
store-failed-banner = El disco está lleno o el navegador no da más espacio al tablón. Lo guardado está a salvo y se puede leer; no se guarda, publica ni mina nada nuevo hasta que haya sitio. Después sigue solo.
relay-away-alone = El relé no responde y ninguna pestaña está conectada. Se vuelve a intentar sin que hagas nada.
relay-away-connected = { $n ->
    [one] El relé no responde. Sigues en contacto con { $n } par; las notas y los bloques siguen pasando.
   *[other] El relé no responde. Sigues en contacto con { $n } pares; las notas y los bloques siguen pasando.
}
notice-node-restarted = El nodo se paró y se arrancó de nuevo a partir de lo que había guardado.
notice-miner-restarted = Un minero se paró y se arrancó de nuevo.
notice-no-miners = En este navegador no arrancan los mineros, así que esta pestaña no puede ni minar ni sellar notas. Leer y pasar bloques sí funciona.
notice-no-gpu = El procesador gráfico no mina aquí. Los hilos siguen.
notice-store-recovered = El almacén en disco estaba dañado. Se apartó, y la cadena se pide otra vez a los pares.
budget-title = Este tablón ya ocupa { $size } de disco y necesita más
budget-about = No se guarda nada nuevo hasta que decidas. Lo que ya está se queda.
budget-raise = Dejarle ocupar { $size }
budget-leave = Dejar este tablón…
notice-reorganised = { $n ->
    [one] { $n } bloque cedió ante una rama con más trabajo.
   *[other] { $n } bloques cedieron ante una rama con más trabajo.
}
notice-loosened = { $n ->
    [one] { $n } nota se soltó y espera un bloque nuevo.
   *[other] { $n } notas se soltaron y esperan un bloque nuevo.
}

## Mural

wall-join = Únete
wall-nodes = { $n ->
    [one] { $n } nodo a la vista de este
   *[other] { $n } nodos a la vista de este
}
wall-rate = { $rate } entre todos
wall-leave = Volver al tablón

## Rechazos, por código; detrás va entre paréntesis la frase del propio nodo con los valores.

refused = Rechazado: { $reason }.
refusal-text_empty = Todavía no hay nada escrito. Escribe algo y publica otra vez.
refusal-text_too_long = Es demasiado largo, así que no se publicó nada. Acórtalo o publícalo en dos partes.
refusal-text_control_character = Contiene un carácter de control invisible, así que no se publicó nada. Bórralo, o teclea el texto en vez de pegarlo.
refusal-text_direction_change = Contiene un carácter invisible que cambia el sentido de lectura; podría hacer que un texto parezca otro, así que no se publicó nada. Bórralo y publica otra vez.
refusal-text_untrimmed = Empieza o acaba con un espacio, así que no se publicó nada. Quita el espacio y publica otra vez.
refusal-no_invitation = Esto no es una invitación ni la respuesta a una. Copia el texto entero, de la primera letra a la última.
refusal-other_network = Esta invitación es para otro tablón. Abre antes ese tablón o pide una invitación para este.
refusal-own_invitation = Esta es tu propia invitación. Envíala a la otra persona y pega aquí lo que te devuelva.
refusal-other_node = Esta respuesta es para otra pestaña: pégala donde se creó la invitación.
refusal-no_open_invitation = Esta respuesta es a una invitación que no se creó en esta pestaña o que ya no está abierta. Crea una nueva y empieza otra vez.
refusal-no_room = Esta pestaña ya tiene todos los enlaces que acepta. Vuelve a intentarlo cuando alguno se vaya.
refusal-no_relay = Has elegido enlaces solo por el relé, y este relé no ofrece ningún servidor por el que se pueda hacer uno.
refusal-not_linked = Este navegador no pudo preparar una conexión. Comprueba que ninguna extensión bloquee WebRTC y vuelve a intentarlo.
refusal-already_linked = Ya tienes enlace con ese nodo; no queda nada por hacer.
refusal-busy = Varias de tus notas esperan ya su sello. Publica otra vez dentro de un momento.
refusal-pool_full = Esperan más notas de las que guarda un nodo, y el sello de esta no es mejor que el de ellas. Publica otra vez tras el próximo bloque.
refusal-pool_too_large = Tus notas en espera ocuparían más de un bloque. Publica otra vez tras el próximo.
refusal-pool_too_many = Ya esperan un bloque demasiadas notas tuyas. Publica otra vez tras el próximo bloque.
refusal-too_many_threads = Un nodo no admite tantos hilos.
refusal-disk_budget = El tablón ha llegado al disco que le permites. Decide arriba si puede ocupar más.
refusal-store_failed = El nodo no pudo escribir en su almacén, así que no se hizo nada. Quizá el disco está lleno.
refusal-no_such_block = Aquí no hay tal bloque. Quizá está en una rama que este nodo nunca vio, o más allá de donde llega la cadena.
refusal-node_stopped = El nodo no funciona, así que no se hizo nada. Recarga la página.
refusal-node_restarted = El nodo se paró antes de contestar y se está arrancando de nuevo. Prueba otra vez dentro de un momento.
refusal-too_many_calls = Se pidió demasiado a la vez. Prueba otra vez dentro de un momento.

## Palabras del oficio: la palabra y dos frases.

term-address = Dirección
meaning-address = Una dirección es la forma corta de una clave pública; quien tiene la clave privada que le corresponde puede firmar notas con ella. Un nombre lo puede usar cualquiera, una dirección no.
term-bits = Bits
meaning-bits = El objetivo en la forma compacta de Bitcoin: un byte de longitud y tres de cifras. El hash, leído como número, no debe ser mayor que el objetivo.
term-block = Bloque
meaning-block = Un bloque es una página de notas, sellada con trabajo y atada al bloque anterior por el hash de este. Cambiar una letra cambiaría su hash y rompería la atadura.
term-branch = Rama
meaning-branch = Dos mineros pueden hallar un bloque casi a la vez, y entonces hay dos ramas. Cada nodo sigue con la que contiene más trabajo.
term-confirmation = Confirmaciones
meaning-confirmation = Cuántos bloques se apoyan en una nota, contando el suyo. Cada uno hace más caro volver a quitarla, pero nunca imposible.
term-difficulty = Dificultad
meaning-difficulty = Con cuántos bits cero debe empezar el hash de un bloque. Se ajusta en cada bloque, para que sigan llegando al mismo paso mine quien mine.
term-genesis = Génesis
meaning-genesis = El primer bloque de la cadena, el número 0, igual para todos los nodos de un tablón. Su hash es la identidad del tablón.
term-hash = Hash
meaning-hash = Una huella de 32 bytes, calculada con SHA-256 dos veces. El menor cambio en los datos da otra del todo distinta, y nadie puede ir de ella hacia atrás.
term-hash-rate = Ritmo de hashes
meaning-hash-rate = Cuántos nonces se prueban cada segundo. Una tarjeta gráfica puede más que un aula entera de navegadores, así que un tablón es tan seguro como el trabajo honrado que hay en él.
term-header = Cabecera
meaning-header = Los 80 bytes que resumen un bloque, dispuestos exactamente como en Bitcoin. El minero saca su hash una y otra vez con otro nonce hasta que es lo bastante pequeño.
term-height = Altura
meaning-height = El número de un bloque, contado desde el génesis, que es 0. La altura de la cadena es el número de su bloque más nuevo.
term-merkle-root = Raíz de Merkle
meaning-merkle-root = Un hash que representa todas las notas del bloque: se hashean por pares, luego los hashes de los pares, hasta quedar uno solo. Con unos pocos hashes permite probar que una nota está en el bloque.
term-miner = Minero
meaning-miner = La dirección que encontró el nonce de este bloque. Cualquier pestaña puede minar.
term-mining = Minería
meaning-mining = Minar es probar números hasta que el hash de un bloque empiece con suficientes bits cero. Es lo que clava las notas: para cambiar el pasado habría que rehacer el trabajo más deprisa que todos los demás.
term-network = Tablón
meaning-network = Un tablón es una cadena con sus propios parámetros, que se nombra por el hash de su génesis. Quien tiene el enlace puede entrar.
term-node = Nodo
meaning-node = Un nodo guarda la cadena entera, comprueba cada bloque por sí mismo y lo pasa. Esta pestaña es uno; ningún servidor decide qué hay en el tablón.
term-nonce = Nonce
meaning-nonce = El número que buscaba el minero: con él, el hash de la cabecera es lo bastante pequeño. Hallarlo cuesta muchos intentos, comprobarlo solo uno.
term-peer = Par
meaning-peer = Otro nodo con el que este intercambia notas y bloques, de pestaña a pestaña. Nada de lo que diga un par se cree sin comprobarlo.
term-pending = En espera
meaning-pending = Una nota espera en la mempool de cada nodo hasta que un minero la mete en un bloque. Hasta entonces no es parte de la cadena y todavía puede caerse.
term-previous-hash = Hash anterior
meaning-previous-hash = El hash del bloque anterior. Ata los bloques en una cadena: para cambiar uno viejo habría que minar de nuevo todos los siguientes.
term-relay = Relé
meaning-relay = Un servidor que presenta unas pestañas a otras y luego se aparta. Ve quién está en la sala, pero ni notas ni bloques pasan por él, y las pestañas conectadas siguen sin él.
term-reorganisation = Reorganización
meaning-reorganisation = Ha aparecido una rama con más trabajo, y el nodo ha dejado la suya por ella. Las notas que solo estaban en la rama vieja se sueltan y esperan un bloque nuevo.
term-round-trip = Ida y vuelta
meaning-round-trip = Lo que tarda un mensaje en ir a este par y volver, en milésimas de segundo. Dice a qué distancia está, no si es honrado.
term-share = Tu parte
meaning-share = La parte de todo el trabajo en el próximo bloque que hace esta pestaña, estimada por los últimos bloques. Es también la probabilidad de que lo encuentres tú.
term-stamp = Sello
meaning-stamp = Un poco de trabajo que toda nota debe llevar, como un sello de correos pagado en cálculo. A un autor le cuesta poco; a una avalancha de notas, mucho.
term-storage = Almacén
meaning-storage = Dónde guarda esta pestaña la cadena: en los archivos privados del navegador, en disco, que aguantan una recarga, o solo en memoria, que se pierde con la pestaña. El navegador puede borrar los archivos privados si se llena el disco.
term-time = Hora
meaning-time = Cuándo dice el minero que se hizo el bloque, en segundos desde 1970. Debe ser posterior al bloque anterior y no ir muy por delante de los relojes de quienes lo comprueban.
term-unchecked = Sin comprobar aún
meaning-unchecked = Los bloques más nuevos llegan primero, para que haya algo que leer enseguida. La firma y el sello de esta nota son correctos; si está en la cadena se sabrá cuando lleguen todos los bloques anteriores.
term-version = Versión
meaning-version = Qué reglas sigue el bloque. Los mineros pueden además girar algunos de sus bits para tener más números que probar.
term-zero-bits = Bits cero iniciales
meaning-zero-bits = Cuántos bits al principio del hash son cero. Cada uno más duplica los intentos que cuesta de media un hash así.

## La historia de un valor

story-zero-bits = { $bits } bits cero: hacen falta unos { $tries } intentos para un hash así.
story-many-zero-bits = { $bits } bits cero: nadie puede haber probado lo bastante para dar con un hash así por azar.
story-difficulty = Ahora mismo un bloque cuesta de media unos { $tries } intentos.
story-bits = Estos piden un hash con al menos { $bits } bits cero al principio.
story-confirmations = { $n ->
    [one] Esta tiene { $n }: su propio bloque. Otra rama todavía puede adelantarlo.
   *[other] Esta tiene { $n }: su propio bloque y los minados encima desde entonces.
}
story-stamp = El sello de esta nota tiene { $bits } bits cero: unos { $tries } intentos.

## Transacciones que no son notas: delante va quién, detrás a quién

entry-post = publica una nota
entry-join = se registra como
entry-leave = se da de baja
entry-transfer = { $n ->
    [one] paga { $n } moneda a
   *[other] paga { $n } monedas a
}
entry-tip = { $n ->
    [one] da { $n } moneda de propina a
   *[other] da { $n } monedas de propina a
}
entry-secret = { $n ->
    [one] envía un secreto de { $n } byte a
   *[other] envía un secreto de { $n } bytes a
}
transactions-count = { $n ->
    [0] nada
    [one] { $n } transacción
   *[other] { $n } transacciones
}
notes-and-others = { $notes ->
    [one] { $notes } nota
   *[other] { $notes } notas
} y { $others ->
    [one] { $others } más
   *[other] { $others } más
}
transfers-count = { $n ->
    [one] { $n } pago
   *[other] { $n } pagos
}
secrets-count = { $n ->
    [one] { $n } secreto
   *[other] { $n } secretos
}
joins-count = { $n ->
    [one] { $n } alta
   *[other] { $n } altas
}
leaves-count = { $n ->
    [one] { $n } baja
   *[other] { $n } bajas
}
column-contents = Contenido
others-in-block = { $n ->
    [one] { $n } transacción de otra clase
   *[other] { $n } transacciones de otras clases
}
affair-sent = Enviado. Espera un bloque.
affair-dropped = Este nodo lo soltó, así que no ha pasado nada. Hazlo otra vez si aún importa.
news-confirmed = en el bloque n.º { $n }
news-joined = Ya estás en el registro como { $name }:
news-left = Te has dado de baja:
news-secret-to = Tu secreto para
news-secret-from = te ha escrito un secreto:
news-tip-to = { $n ->
    [one] Tu propina de { $n } moneda para
   *[other] Tu propina de { $n } monedas para
}
news-tip-from = { $n ->
    [one] te ha dado { $n } moneda de propina:
   *[other] te ha dado { $n } monedas de propina:
}
news-paid-to = { $n ->
    [one] Tu pago de { $n } moneda a
   *[other] Tu pago de { $n } monedas a
}
news-paid-from = { $n ->
    [one] te ha pagado { $n } moneda:
   *[other] te ha pagado { $n } monedas:
}
news-loosened = Su bloque perdió frente a una rama con más trabajo. No se ha perdido: espera un bloque nuevo.
place-people = Gente
place-letters = Secretos
place-transfers = Pagos
place-proof = Comprobar una prueba

## Lo que se puede hacer con una nota

joined = participante
name-alike = se parece a otro nombre
more = Más sobre esta nota
tip-give = Dar propina
tip-this = Dar propina a esta nota
tip-amount = Monedas
tip-send = Dar
tip-sent = Enviada. La propina cuenta cuando esté en un bloque.
tips = { $n ->
    [one] { $n } moneda de propina
   *[other] { $n } monedas de propina
}
tips-received = { $n ->
    [one] recibiste { $n } moneda
   *[other] recibiste { $n } monedas
}
available = { $n ->
    [0] Aún no tienes monedas: las trae cada bloque que minas.
    [one] Puedes gastar { $n } moneda.
   *[other] Puedes gastar { $n } monedas.
}
amount-wrong = Escribe un número entero de monedas, 1 o más.
locked-post = La cartera está bloqueada. Desbloquéala para publicar esto.
locked-tip = La cartera está bloqueada. Desbloquéala para dar propina.
copy-address = Copiar la dirección
proof-save = Guardar una prueba de publicación
proof-save-about = Un archivo pequeño que demuestra a cualquiera, sin este tablón, que la nota estuvo aquí.
proof-saved = Guardada como { $file }.
proof-check-one = Comprobar una

## Gente

people-title = Gente
people-lead = Quien se registra publica una clave con un nombre. Los demás pueden entonces escribirle secretos, y sus notas llevan una marca. Un nombre no demuestra nada: compara la imagen y las letras de la clave.
people-count = { $n ->
    [0] Aún no hay participantes
    [one] { $n } participante
   *[other] { $n } participantes
}
people-find = Buscar por nombre o dirección
people-none = Aún no se ha registrado nadie. Se pueden escribir notas igualmente.
people-not-found = Nadie aquí lleva eso en el nombre ni en la dirección.
people-more = Mostrar más
copy-address-of = Copiar la dirección de { $name }
since-block = desde el bloque n.º { $n }
secret-write = Escribir un secreto
secret-write-to = Escribir un secreto a { $name }
pay-link = Pagar
pay-to-name = Pagar a { $name }
own-joined = Te registraste en el
own-left = Te diste de baja en el
own-never = Sin registro. Puedes escribir notas igualmente.
own-left-about = Hasta que vuelvas a registrarte, todos los nodos rechazan lo que escribas: notas, pagos y secretos.
own-rename = Cambiar de nombre
own-leave = Darse de baja…
own-joining = Te registrarás como { $name }: espera un bloque.
own-leaving = Te darás de baja: espera un bloque.
locked-join = La cartera está bloqueada. Desbloquéala para registrarte, darte de baja o cambiar de nombre.
people-join = Registrarse
join-rename = Tomar este nombre
join-name = Tu nombre como participante
people-join-hint = Lo verá todo el mundo. Otros pueden usar el mismo nombre, pero no tu clave.
people-leave = Darse de baja
leave-not = Seguir
leave-about = Tu baja queda escrita en un bloque, a la vista de todos. Desde entonces todos los nodos rechazan lo que escribas: notas, pagos y secretos, hasta que vuelvas a registrarte. No se borra nada: tus notas siguen en el tablón, y tus monedas y tus secretos siguen siendo tuyos.

## Secretos

secrets-title = Secretos
secrets-lead = Solo los leéis tú y la otra persona. Todo el mundo puede ver quién escribe a quién, cuándo y cuánto; y nada se puede quitar ya de la cadena.
secrets-people = Conversaciones
secrets-people-all = Escribir a otra persona
secrets-none = Aún no hay secretos. Elige en «Gente» a quién escribir.
secrets-none-with = Aún no hay nada escrito.
secrets-loading = Abriendo tus secretos…
secrets-older = Cargar anteriores
secrets-choose = Elige una conversación.
secrets-back = ← Todas las conversaciones
secret-text = Tu secreto
secret-send = Enviar
secret-sent = Enviado. Espera un bloque.
secret-seen = Los demás ven: de quién, a quién, cuándo y cuántos bytes.
secret-outside = Es todo lo que ven los demás: quién, a quién, cuándo y este número de bytes.
secret-size = { $n ->
    [one] { $n } byte cifrado
   *[other] { $n } bytes cifrados
}
secret-too-long = { $n ->
    [one] Sobra { $n } byte: acórtalo o envíalo en dos partes.
   *[other] Sobran { $n } bytes: acórtalo o envíalo en dos partes.
}
secret-locked = Bloqueado con la cartera.
secret-unopened = No se puede abrir aquí.
secret-read = Leerlo
secret-asking = Buscando la clave del destinatario…
secret-reader-unknown = Esta dirección nunca se ha registrado, así que nadie conoce una clave con la que cifrar. Pide a su dueño que se registre.
secret-reader-left = Esta persona se dio de baja y ya no recibe secretos. Lo que os escribisteis se sigue pudiendo leer.
locked-secret = La cartera está bloqueada: desbloquéala arriba para escribir.
locked-secrets = La cartera está bloqueada. Desbloquéala para leer y escribir secretos.

## Pagos

transfers-title = Pagos
transfers-lead = { $n ->
    [0] Pagos y propinas, tuyos y para ti.
    [one] Pagos y propinas, tuyos y para ti. Cada bloque que minas trae además { $n } moneda, que no sale en esta lista.
   *[other] Pagos y propinas, tuyos y para ti. Cada bloque que minas trae además { $n } monedas, que no salen en esta lista.
}
transfers-pay = Pagar a alguien
transfers-none = Aún no se ha pagado nada.
transfers-older = Cargar pagos anteriores
balance-outgoing = { $n ->
    [one] { $n } moneda por salir
   *[other] { $n } monedas por salir
}
balance-incoming = { $n ->
    [one] { $n } moneda por llegar
   *[other] { $n } monedas por llegar
}
tip-from = propina de
tip-to = propina a
transfer-from = de
transfer-to = a
transfer-around = a ti mismo

## Prueba de publicación

proof-title = Comprobar una prueba de publicación
proof-lead = Elige un archivo de prueba. Se comprueba en esta pestaña sin preguntar a nadie: funciona sin conexión, y también con pruebas de otros tablones.
proof-choose = Elige un archivo .tablon-proof o suéltalo aquí
proof-where = Un archivo así sale del menú de cualquier nota que esté en un bloque.
proof-reading = Comprobando { $file }…
proof-wrong = { $file } no prueba nada
proof-file-too-long = Es más grande de lo que puede ser una prueba, así que es otra cosa.
proof-file-unreadable = El navegador no pudo leer el archivo. ¿Se ha movido o borrado?
proof-holds = { $file } es una prueba válida
proof-says-note = Quien tiene la clave { $key } publicó esta nota. Entró en el bloque n.º { $n } el { $time }, según el reloj del minero de ese bloque.
proof-says-other = Quien tiene la clave { $key } hizo esta transacción. Entró en el bloque n.º { $n } el { $time }, según el reloj del minero de ese bloque.
proof-on-chain = La prueba acaba en el bloque n.º { $n }, que este nodo ha comprobado y tiene en su propia cadena. No hace falta creer a nadie más.
proof-off-chain = La prueba acaba en el bloque n.º { $n }, que no está en la cadena de este nodo: aún no ha llegado o está en una rama que perdió. Mientras no esté, solo habla por ella el trabajo de abajo.
proof-elsewhere = Es de otro tablón, que este nodo no sigue. Pregunta a alguien de ese tablón si el bloque n.º { $n } tiene el hash de abajo; eso lo decide.
proof-author = Autor
proof-this-board = (este tablón)
proof-other-board = (otro tablón)
proof-in-block = En
proof-when = Cuándo
proof-buried = Enterrada bajo
proof-buried-under = { $n ->
    [0] ningún bloque más en el archivo
    [one] { $n } bloque más en el archivo
   *[other] { $n } bloques más en el archivo
}
proof-work = Trabajo encima
proof-tries = ≈ { $tries } intentos: unos { $time } para un hilo de navegador
proof-for-experts = Hashes, y qué se ha comprobado
proof-transaction-id = Transacción
proof-block-hash = Su bloque
proof-named-block = Bloque n.º { $n }, donde acaba la prueba
proof-genesis = Génesis de su tablón
proof-checked = Comprobado: la firma y el sello; los dos caminos de Merkle, el de la transacción y el de la coinbase que dice la altura; que cada cabecera nombra a la anterior, respeta el objetivo más fácil del tablón y lleva su trabajo; la suma de control del archivo.
proof-named-copy = Hash del bloque n.º { $n }, para comparar
proof-limits = Lo que no puede demostrar: quién es la persona que tiene la clave, ni si lo que escribió es verdad.

## Rechazos de transacciones y pruebas

refusal-wallet_locked = La cartera está bloqueada, así que no se firmó nada. Desbloquéala y prueba otra vez.
refusal-has_left = Te diste de baja, así que los nodos rechazan lo que escribes. Regístrate de nuevo antes, en «Gente».
refusal-not_a_participant = No hay registro, así que no hay baja que dar.
refusal-overspent = No te quedan tantas monedas, así que no se envió nada. Elige menos o espera a que lleguen.
refusal-nothing_transferred = No se movería nada: elige al menos 1 moneda.
refusal-no_such_participant = Esta dirección nunca se ha registrado, así que no se conoce una clave con la que cifrar. Pide a su dueño que se registre.
refusal-secret_bad_key = La clave del destinatario no sirve para cifrar un mensaje. No se envió nada.
refusal-no_such_transaction = Aún no está en ningún bloque de esta cadena, así que no hay prueba de ella. Espera a su bloque.
refusal-text_not_composed = Tiene letras en una forma poco común, así que no se envió nada. Tecléalo en vez de pegarlo.
refusal-text_invisible = Hay un carácter invisible en el nombre, que podría hacer que parezca otro. Bórralo o teclea el nombre de nuevo.
refusal-text_unassigned = Hay en el nombre un carácter que no existe en Unicode. Bórralo.
refusal-text_special_space = Hay un espacio poco común en el nombre, que podría hacer que parezca otro. Usa un espacio normal.
refusal-text_doubled_space = Hay dos espacios seguidos en el nombre. Deja uno.
refusal-text_loose_mark = Hay una tilde sin letra en el nombre. Bórrala o teclea el nombre de nuevo.
refusal-text_repeated_mark = El mismo acento está dos veces sobre una letra del nombre. Deja uno.
refusal-text_too_many_marks = Una letra del nombre lleva más acentos de los que escribe ningún idioma. Quita alguno.
refusal-text_mixed_scripts = El nombre mezcla letras de varios alfabetos que se parecen, como el latino y el cirílico. Así se finge ser otro, y por eso se rechaza. Escríbelo en un solo alfabeto.
refusal-proof_not_a_file = No es una prueba de publicación: no empieza como una.
refusal-proof_damaged = El archivo se dañó o se cambió después de hacerlo: su suma de control no cuadra.
refusal-proof_malformed = El archivo empieza como una prueba, pero lo que sigue no se lee como tal.
refusal-proof_network = El tablón que nombra tiene parámetros imposibles.
refusal-proof_transaction = Lo que dice que se publicó rompe una regla de su tablón: la firma, el sello o el texto no son correctos.
refusal-proof_headers = No tiene cabeceras de bloque, o tiene más que una prueba.
refusal-proof_not_in_block = La transacción no está en el bloque que nombra el archivo: ningún camino lleva a su raíz de Merkle.
refusal-proof_broken = Sus bloques no se siguen unos a otros.
refusal-proof_before_birth = Uno de sus bloques es anterior a su tablón.
refusal-proof_bits = Uno de sus bloques es más fácil de lo que permite su tablón.
refusal-proof_no_work = A uno de sus bloques le falta el trabajo que dice tener.

## Más palabras del oficio

term-lookalike = Nombre parecido
meaning-lookalike = Un participante con otra clave tiene un nombre que se ve igual. Compara la imagen y las letras de la clave antes de tomar a uno por otro.
term-participant = Participante
meaning-participant = Alguien que ha publicado una clave con este mismo nombre, para que se le puedan escribir secretos. La cadena responde de la clave, no de quién es la persona.
term-proof = Prueba de publicación
meaning-proof = Un archivo con la nota, los hashes que la atan a su bloque y las cabeceras de los bloques de encima. Cualquiera puede comprobarlo años después, sin este tablón y sin creer a nadie.
term-secret = Secreto
meaning-secret = Un mensaje cifrado para que solo lo puedan abrir su autor y su destinatario. Quién escribió a quién, cuándo y cuántos bytes es público; y quien consiga algún día una de las dos claves podrá leerlo entonces.
term-state-root = Raíz del estado
meaning-state-root = Un hash que representa todas las cuentas después de este bloque: monedas, nombres y claves. Los nodos que coinciden en él coinciden en cada moneda.
term-tip = Propina
meaning-tip = Monedas que alguien dio al autor por esta nota. Solo se cuentan las propinas que están en un bloque.

## Cartera

wallet = Cartera
wallet-lead = En este tablón, tu identidad es una clave guardada en este navegador. Firma tus notas y tus pagos, y nadie más tiene una copia.
wallet-not-durable = Este navegador no deja que la página guarde nada en disco, así que esta identidad acaba con la pestaña. Apunta las 12 palabras o guarda un archivo si quieres recuperarla.
wallet-signing = Clave
wallet-locked = bloqueada
wallet-open = desbloqueada
wallet-address = Tu dirección
wallet-address-copy = Dirección
wallet-joined = Aquí te conocen como { $name }.
wallet-not-joined = Todavía sin nombre registrado. No te hace falta para escribir ni para pagar.
wallet-join = Registrar un nombre
wallet-part = Otro nombre, o darse de baja
wallet-qr = Código QR de tu dirección
wallet-qr-caption = Escanéalo para pagar a esta dirección.
coins = { $n ->
    [one] { $n } moneda
   *[other] { $n } monedas
}
coins-title = Monedas
coins-incoming = Por llegar
coins-outgoing = Por salir
coins-none = { $n ->
    [one] Cada bloque que mines trae { $n } moneda, y otros pueden pagarte.
   *[other] Cada bloque que mines trae { $n } monedas, y otros pueden pagarte.
}

## Pagar

pay-title = Pagar a alguien
pay-to = A quién
pay-to-hint = Escribe o pega una dirección, o elige un participante.
pay-amount = Monedas
pay-left = { $n ->
    [one] Puedes gastar { $n } moneda.
   *[other] Puedes gastar { $n } monedas.
}
pay-send = Pagar
pay-sent = { $n ->
    [one] { $n } moneda espera un bloque, camino de
   *[other] { $n } monedas esperan un bloque, camino de
}
pay-sent-link = Ver tus pagos
pay-not-address = Eso no es una dirección. Una dirección empieza por tablon1 y tiene 45 caracteres; cópiala entera.
pay-not-amount = Escribe un número entero de monedas, 1 o más.
pay-locked = Desbloquea la cartera para pagar.

## Contraseña y bloqueo

unlock-title = Bloqueada
unlock-lead = La cartera está bloqueada: esta pestaña lee y mina, pero no firma nada hasta que des la contraseña.
unlock = Desbloquear
unlocking = Desbloqueando. Tarda un segundo a propósito, para que adivinar sea lento.
unlock-forgotten = ¿Olvidaste la contraseña? Nadie puede recuperarla, pero tus 12 palabras devuelven la identidad: mira «Otra identidad», más abajo.
password = Contraseña
password-see = Ver
password-first = Poner una contraseña
password-change = Cambiar la contraseña
password-is-set = puesta
password-is-not = todavía no
password-lead = La contraseña cifra la clave en el disco de este equipo, y la página la pide en cada arranque. Nadie puede recuperarla.
password-old = Contraseña actual
password-new = Contraseña nueva
password-again = Repite la contraseña
password-hint = Al menos { $n } caracteres. Tres o cuatro palabras que no tengan que ver entre sí valen más que una palabra rara.
password-short = Demasiado corta: hacen falta al menos { $n } caracteres.
password-long = Demasiado larga: como mucho { $n } caracteres.
password-differs = Las dos no coinciden. Escríbelas de nuevo.
password-set = Poner la contraseña
password-setting = Cifrando la clave…
lock-after = Bloquear si no se usa
lock-never = nunca
lock-minutes = a los { $n } min
lock-now-lead = Bloquear hasta que se dé la contraseña
lock-now = Bloquear ya

## Conservar la identidad

safety-title = Ponla a salvo
safety-neither = Dos pasos cortos. Hasta entonces, si se borran los datos de este navegador se pierde la identidad, y quien use este equipo puede firmar por ti.
safety-password-only = Los demás necesitan tu contraseña en este equipo. Pero si se borran los datos del navegador se pierde la identidad: apunta las palabras.
safety-words-only = Tus palabras devuelven la identidad. Pero quien use este equipo puede firmar por ti: pon una contraseña.
safety-both = Hecho: los demás necesitan tu contraseña en este equipo, y tus palabras devuelven la identidad.
safety-hint = Tus notas van firmadas con una clave que solo tiene este navegador.
safety-link = Ponla a salvo
words-title = Apuntar las 12 palabras
words-are-written = apuntadas
words-are-not = todavía no
words-what = Las 12 palabras
words-lead = son tu clave en papel. Le pase lo que le pase a este equipo, devuelven la identidad, sin ninguna contraseña.
words-warning = Quien las lea puede actuar en tu nombre. Muéstralas solo cuando nadie mire y no se comparta la pantalla.
words-show = Mostrar las 12 palabras
words-fetching = Buscando las palabras…
words-read = Apúntalas en papel, con sus números.
words-check = Comprobar lo que apunté
words-check-lead = Para estar seguros: ¿qué palabras apuntaste?
words-nth = Palabra { $n }
words-not = Esa no es la palabra { $n }. Mira tu papel, o mira otra vez las palabras.
words-written = Las he apuntado
words-noting = Un momento…
words-back = Ver otra vez las palabras
export-title = Guardar un archivo, o pasar a un teléfono
export-lead = Un archivo con tu clave, cifrado con una contraseña. Quien tenga las dos cosas puede actuar en tu nombre desde cualquier navegador.
export-password = Contraseña para el archivo
export-password-hint = Al menos { $n } caracteres. Es solo del archivo: la cartera de aquí sigue sin contraseña.
export-make = Crear el archivo
export-making = Cifrando la clave…
export-made = El archivo está listo. Solo se abre con su contraseña; solo una contraseña floja se puede adivinar.
export-save = Guardar el archivo
export-phone = Escanéalo con un teléfono: la página se abre allí y pide la contraseña del archivo.
export-qr = Código QR que lleva esta identidad a un teléfono
export-link = Lo mismo como enlace

## Otra identidad

notice-wallet-replaced = No se pudo leer la cartera en disco. Se apartó, y este tablón tiene una identidad nueva; tus 12 palabras o un archivo devuelven la anterior.
other-title = Otra identidad
wallet-boards = Los otros tablones de esta pestaña tienen su propia cartera: la identidad que tomes u olvides aquí cambia solo en este tablón.
import-file-title = Importar de un archivo
import-words-title = Importar con las 12 palabras
import-file = Archivo (.tablon-id)
import-password = Contraseña del archivo
import = Tomarla
importing = Descifrando…
import-no-file = Elige antes un archivo.
import-not-identity = No es un archivo de identidad: esos tienen 111 bytes.
import-unreadable = El navegador no pudo leer este archivo. Elígelo otra vez.
import-aside = La identidad de hasta ahora ({ $key }) queda apartada en este disco. Para volver a ella necesitas sus 12 palabras o su archivo.
import-words-label = Las 12 palabras
import-words-hint = En su orden, separadas por espacios.
import-words-count = { $n ->
    [one] Hay { $n } palabra y hacen falta { $needed }.
   *[other] Hay { $n } palabras y hacen falta { $needed }.
}
import-words-unsealed = La cartera no tendrá contraseña hasta que pongas una.
import-done = Ahora eres:
import-same = Ya tienes esta identidad.
import-former = La anterior ({ $key }) queda apartada.
arrived-title = Con la dirección ha llegado una identidad
arrived-lead = Su archivo dice que es:
arrived-damaged = En esta dirección no hay una identidad entera: se cortó o cambió por el camino. Escanéala o cópiala otra vez.
forget-title = Olvidar esta identidad
forget-lead = Esto se pierde para siempre:
forget-signing = La clave: nadie podrá firmar ya en su nombre. Sus notas siguen en el tablón.
forget-coins = { $n ->
    [one] { $n } moneda, que ya nadie podrá gastar.
   *[other] { $n } monedas, que ya nadie podrá gastar.
}
forget-name = Tu sitio en el tablón como { $name }: el nombre sigue en la lista, sin nadie detrás.
forget-letters = Los secretos que te enviaron: ya nadie podrá abrirlos.
forget-aside = Todas las identidades apartadas aquí.
forget-backed-up = Solo tus 12 palabras, o un archivo que guardaras, la devuelven.
forget-not-backed-up = No has apuntado las palabras: si no guardaste un archivo, nadie podrá recuperarla.
forget = Olvidarla
forget-sure = ¿Seguro?
forget-yes = Sí, olvidarla para siempre
forget-keep = No, conservarla
forget-done = Olvidada. Ahora tienes una identidad nueva; su dirección está más arriba.

## Tablones

networks = Tus tablones
networks-lead = Esta pestaña es un nodo de cada uno de estos tablones, de todos a la vez.
networks-deleted = { $n ->
    [0] Has dejado { $name }. No había nada que borrar.
    [one] Has dejado { $name }. Se borró { $n } archivo: { $size }.
   *[other] Has dejado { $name }. Se borraron { $n } archivos: { $size }.
}
no-board = En esta dirección no se puede abrir ningún tablón. Elige uno de los tuyos, o pide el enlace otra vez.
network-current = abierto
network-to-board = Ir al tablón
network-show = Ver este tablón
network-share = Compartir
network-leave = Salir
network-opening = abriendo…
network-stopped = parado
network-asking = pide más disco
network-line = n.º { $height } · { $peers }
switcher-unread = { $n ->
    [one] { $n } nota nueva en otros tablones
   *[other] { $n } notas nuevas en otros tablones
}
switcher-all = Entrar en un tablón, crearlo o compartirlo
share-lead = Quien abra este enlace se vuelve un nodo del tablón.
join-title = Entrar en un tablón
join-link = Enlace al tablón
join-hint = Pega el enlace que te dieron.
join = Entrar
join-empty = Pega antes un enlace.
join-other-rules = Este tablón sigue las reglas de la versión { $theirs }, y esta página conoce la { $ours }. Recarga la página; si no basta, pide un enlace a un tablón más nuevo.
join-done = Has entrado en { $name }.
join-already = Ya estás en { $name }.
offer-page-title = ¿Entrar en { $name }? · Tablón
offer-title = ¿Entrar en este tablón?
offer-lead = Un enlace te ha traído a un tablón que este navegador no conoce. Cualquiera puede crear un tablón y ponerle cualquier nombre. Todavía no se ha puesto en marcha ni se ha guardado nada de él.
offer-join = Entrar
offer-decline = Ahora no
terms-name = Su nombre
terms-id = Su huella
terms-spacing = Un bloque cada
terms-difficulty = Trabajo por bloque
terms-stamp = Sello de una nota corta
terms-tries = unos { $tries } intentos
terms-tries-moment = unos { $tries } intentos, menos de un segundo aquí
terms-tries-time = unos { $tries } intentos, { $time } aquí
terms-cheap = Aquí los bloques pueden llegar a salir casi gratis, así que cualquiera puede llenar el tablón de basura en unos minutos. Entra solo si sabes quién te ha enviado el enlace.
terms-costs = Lo que te cuesta
terms-disk = Disco: este equipo guarda una copia de todo el tablón. La página te pregunta antes de que ocupe más de { $size }.
terms-address = Privacidad: los demás del tablón pueden averiguar la dirección de red de este equipo. Un interruptor en «Red» lo evita.
terms-address-hidden = Privacidad: los demás del tablón no averiguan la dirección de red de este equipo, porque has elegido enlaces solo por el relé. Quien lleva el relé sí la ve.
terms-identity = Identidad: allí escribes con la misma identidad que aquí, así que cualquiera puede ver que eres la misma persona.
terms-later = Desde ahora: el tablón se abre cada vez que visitas esta página, hasta que lo dejes en «Tus tablones».
terms-mining = Energía: no se mina nada si no lo pones en marcha. Una nota cuesta un momento de cálculo para su sello.
leave-lead = ¿Dejar este tablón? Tus notas siguen en él, en los nodos de los demás.
leave-keep = Conservar aquí sus datos: la cadena y tu identidad en él estarán cuando vuelvas.
leave-delete = Borrar aquí sus datos: la cadena y la copia de tu identidad en este tablón. Si ningún otro tablón de esta pestaña tiene la misma identidad, solo las 12 palabras o un archivo la devuelven.
leave = Dejar el tablón
leave-and-delete = Salir y borrar
leaving = Dejando el tablón…
create-title = Crear un tablón
create-lead = Con un nombre basta. Nada de esto se puede cambiar después: otro número hace otro tablón.
create-name = Nombre
create-spacing = Segundos entre bloques
create-bits = Primera dificultad, en bits cero
create-reward = Monedas por bloque
create-stamp = Sello, en bits cero
create-margin = Ventaja que exige reescribir a fondo, en bloques
create-takes = Unos { $time } para un hilo de este equipo.
create-takes-moment = Menos de un segundo para un hilo de este equipo.
create-takes-unknown = Mina un momento y la página podrá decir cuánto tarda.
create-takes-what = Un número entero de bits.
create = Crear el tablón
create-done = { $name } ya existe, y esta pestaña es su primer nodo. Ahora trae a otros:
create-go = Ir al tablón
create-another = Crear otro
create-not-whole = Escribe un número entero, sin unidad.
create-between = Debe estar entre { $least } y { $most }.
create-name-empty = Ponle un nombre al tablón.
create-name-long = Demasiado largo: un nombre tiene como mucho { $n } bytes.

## Rechazos de cartera y tablones, por código

refusal-wallet_wrong_password = Esta no es la contraseña. Fíjate en las mayúsculas y en el idioma del teclado, y prueba otra vez.
refusal-wallet_not_a_file = No es un archivo de identidad. Elige uno que acabe en .tablon-id.
refusal-wallet_file_damaged = El archivo está dañado o se cortó. Usa otra copia, o las 12 palabras.
refusal-wallet_file_version = Este archivo lo escribió una página más nueva. Recarga esta para tener la última y prueba otra vez.
refusal-wallet_file_cost = Abrir este archivo ocuparía la pestaña demasiado tiempo. Esta página no escribe archivos así: no te fíes de él.
refusal-wallet_file_false = El archivo muestra una dirección que no es la de su clave. Alguien lo hizo para engañar: no lo uses.
refusal-wallet_memory = Falta memoria para calcular la clave a partir de la contraseña. Cierra otras pestañas y prueba otra vez.
refusal-wallet_password_short = La contraseña es demasiado corta.
refusal-wallet_password_long = La contraseña es demasiado larga.
refusal-wallet_password_character = Hay un salto de línea u otro carácter invisible en la contraseña. Tecléala en vez de pegarla.
refusal-wallet_password_needed = La cartera tiene contraseña, y para esto hace falta.
refusal-wallet_words_count = No es el número de palabras que hace falta.
refusal-wallet_word_unknown = Una de las palabras no está en la lista.
refusal-wallet_words_checksum = Las palabras no encajan: una está mal, o dos cambiaron de sitio. Compáralas con tu papel.
refusal-wallet_no_password = La cartera no tiene contraseña. Pon una antes.
refusal-wallet_not_kept = El navegador no pudo escribir la cartera en disco, así que no ha cambiado nada. Quizá el disco está lleno.
refusal-network_link = Este no es el enlace de un tablón. Cópialo entero de la página donde lo muestra «Compartir».
refusal-too_many_networks = Esta pestaña está en tantos tablones como puede llevar. Deja antes alguno.
refusal-last_network = Es el único tablón de la pestaña. Entra en otro o créalo antes de dejarlo, o borra sus datos para empezar de cero.
refusal-no_such_network = Esta pestaña ya no está en ese tablón.

## Palabras de cartera y tablones

term-coin = Monedas
meaning-coin = Lo que recibe un minero por cada bloque, y con lo que la gente se paga aquí. Valen lo que la gente de este tablón dé por ellas, y nada en ningún otro sitio.
story-coin = Un bloque trae { $reward }. Hasta ahora hay { $supply }.
term-identity = Identidad
meaning-identity = Un par de claves que este navegador sacó al azar: la privada firma, la pública deja que cualquiera lo compruebe. No hay cuenta en ningún sitio: quien tiene la clave privada eres tú.
term-margin = Margen
meaning-margin = Una cadena rival que reescribiría más de una hora solo se acepta al momento si aventaja a esta en más trabajo que el de tantos bloques; con menos, se acepta un espaciado después, si aún va por delante. 0 es la regla normal: gana la que tiene más trabajo. Frena una reescritura que apenas va por delante y no detiene a quien tiene la mayor parte de los hashes.
term-recovery-words = 12 palabras
meaning-recovery-words = Doce palabras inglesas de una lista de 2048 (BIP-39), de las que sale la clave. Quien las tiene, tiene la identidad, en cualquier equipo y sin contraseña.
term-reward = Recompensa
meaning-reward = Monedas que nacen con cada bloque y van a quien lo mina. Es la única forma en que se hacen monedas.
term-spacing = Espaciado
meaning-spacing = A qué distancia deben estar los bloques de media; la dificultad sigue a los mineros para que así sea. Si es corto, las notas se clavan antes, pero chocan y se pierden más bloques.
